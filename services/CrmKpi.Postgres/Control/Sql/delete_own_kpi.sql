DELETE FROM control.own_kpis WHERE owner = $1 AND id = $2
