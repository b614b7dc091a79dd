using CrmKpi.Cli.Output;

namespace CrmKpi.Local;

/// <summary>What the local product says, in the user's language.</summary>
internal sealed record LocalTexts(
    string Starting, string Running, string DataIn, string LogsIn, string DatabaseIs, string FirstKey, string NewKey, string Stop,
    string Stopping, string Stopped, string ServiceFailed, string Computing, string TryIt)
{
    private static readonly LocalTexts En = new(
        "Starting CrmKpi …", "CrmKpi runs at", "Data:", "Logs:", "Database:",
        "First admin key (shown once; only its hash is kept):", "New admin key (shown once; only its hash is kept):",
        "Ctrl-C stops it.", "Stopping …", "Stopped.", "A service has stopped by itself; the log says why:",
        "Computing KPIs", "Try it (the key can read the demo tenants, for a day):");

    private static readonly LocalTexts Ru = new(
        "CrmKpi запускается …", "CrmKpi работает:", "Данные:", "Журналы:", "База данных:",
        "Первый ключ администратора (показан один раз; хранится только его хеш):",
        "Новый ключ администратора (показан один раз; хранится только его хеш):",
        "Ctrl-C останавливает.", "Остановка …", "Остановлено.", "Служба остановилась сама; причина в журнале:",
        "Расчёт показателей", "Попробуйте (ключ читает демонстрационных клиентов, действует сутки):");

    public static LocalTexts Of(Texts texts) => texts.Language == "ru" ? Ru : En;
}
