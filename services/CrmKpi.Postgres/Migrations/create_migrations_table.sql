-- Runs under the migrations' advisory lock: CREATE … IF NOT EXISTS alone may fail when two sessions run it at once.
CREATE SCHEMA IF NOT EXISTS control;

CREATE TABLE IF NOT EXISTS control.migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
