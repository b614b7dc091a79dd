using System.Globalization;

namespace CrmKpi.Cli.Output;

/// <summary>What the program says, in the user's language.</summary>
public sealed record Texts
{
    public required string Language { get; init; }
    public required CultureInfo Culture { get; init; }
    public required string Error { get; init; }
    public required string Code { get; init; }
    public required string At { get; init; }
    public required string Allowed { get; init; }
    public required string Accepted { get; init; }
    public required string Duplicates { get; init; }
    public required string Rejected { get; init; }
    public required string RowsWithProblems { get; init; }
    public required string Skipped { get; init; }
    public required string Sequence { get; init; }
    public required string Duration { get; init; }
    public required string Importing { get; init; }
    public required string Waiting { get; init; }
    public required string EventsPerSecond { get; init; }
    public required string Left { get; init; }
    public required string MoreProblems { get; init; }
    public required string RunAgain { get; init; }
    public required string Quarantined { get; init; }
    public required string FirstEvents { get; init; }
    public required string WouldSend { get; init; }
    public required string NothingSent { get; init; }
    public required string Interrupted { get; init; }
    public required string NoKey { get; init; }
    public required string Name { get; init; }
    public required string Created { get; init; }
    public required string Expires { get; init; }
    public required string Revoked { get; init; }
    public required string Scopes { get; init; }
    public required string Tenants { get; init; }
    public required string AllTenants { get; init; }
    public required string ShownOnce { get; init; }
    public required string TenantSet { get; init; }
    public required string Unchanged { get; init; }
    public required string Value { get; init; }
    public required string Unit { get; init; }
    public required string Norm { get; init; }
    public required string Period { get; init; }
    public required string Before { get; init; }
    public required string Change { get; init; }
    public required string NoData { get; init; }
    public required string Blank { get; init; }
    public required string Warning { get; init; }
    public required string MoreGroups { get; init; }
    public required string MoreFacts { get; init; }
    public required string Formula { get; init; }
    public required string Day { get; init; }
    public required string Adds { get; init; }
    public required string Rebuilding { get; init; }
    public required string Rebuilt { get; init; }
    public required string Verifying { get; init; }
    public required string Verified { get; init; }
    public required string Differs { get; init; }
    public required string Parked { get; init; }
    public required string Setting { get; init; }
    public required string Owner { get; init; }
    public required string KpiSaved { get; init; }
    public required string KpiUnchanged { get; init; }
    public required string KpiRemoved { get; init; }
    public required string Cloned { get; init; }
    public required string ConfirmDeletion { get; init; }
    public required string Erasing { get; init; }
    public required string Erased { get; init; }
    public required string Moving { get; init; }
    public required string Moved { get; init; }
    public required string ClearingCopy { get; init; }
    public required string MoveFailed { get; init; }
    public required string MoveCancelled { get; init; }
    public required string AgencySet { get; init; }
    public required string AgencyUnchanged { get; init; }
    public required string LastUsed { get; init; }
    public required string ReplacedBy { get; init; }
    public required string Time { get; init; }
    public required string Act { get; init; }
    public required string Subject { get; init; }
    public required string Actor { get; init; }
    public required string Request { get; init; }

    public static Texts En { get; } = new()
    {
        Language = "en",
        Culture = CultureInfo.GetCultureInfo("en-GB"),
        Error = "Error",
        Code = "code",
        At = "at",
        Allowed = "allowed",
        Accepted = "accepted",
        Duplicates = "duplicates",
        Rejected = "rejected",
        RowsWithProblems = "problems",
        Skipped = "sent by an earlier run",
        Sequence = "last sequence",
        Duration = "time",
        Importing = "Importing",
        Waiting = "waiting",
        EventsPerSecond = "events/s",
        Left = "left",
        MoreProblems = "… and {0} more problems",
        RunAgain = "Run the same command again to go on; nothing is counted twice.",
        Quarantined = "Rejected events are in the tenant's quarantine with their reasons.",
        FirstEvents = "First events",
        WouldSend = "{0} events would be sent",
        NothingSent = "Dry run: nothing was sent.",
        Interrupted = "Interrupted.",
        NoKey = "No key is given. Put it into the variable CRMKPI_KEY, or into a file named by --key-file.",
        Name = "name",
        Created = "created",
        Expires = "expires",
        Revoked = "revoked",
        Scopes = "scopes",
        Tenants = "tenants",
        AllTenants = "(all)",
        ShownOnce = "The key is shown this once and cannot be had again.",
        TenantSet = "Tenant {0}: {1} settings written.",
        Unchanged = "Tenant {0}: nothing to change.",
        Value = "value",
        Unit = "unit",
        Norm = "norm",
        Period = "period",
        Before = "before",
        Change = "change",
        NoData = "–",
        Blank = "(blank)",
        Warning = "Note",
        MoreGroups = "More groups follow; --page {0} shows them.",
        MoreFacts = "More facts follow; --page {0} shows them.",
        Formula = "formula",
        Day = "day",
        Adds = "adds",
        Rebuilding = "Rebuilding",
        Rebuilt = "Rebuilt: generation {0} is live.",
        Verifying = "Verifying",
        Verified = "Verified: the cube equals a recomputation from the log ({0} cells).",
        Differs = "The cube differs from a recomputation from the log in {0} cells.",
        Parked = "The projection of this tenant has stopped: {0}",
        Setting = "setting",
        Owner = "owner",
        KpiSaved = "KPI {0}: saved.",
        KpiUnchanged = "KPI {0}: nothing to change.",
        KpiRemoved = "KPI {0}: removed.",
        Cloned = "{0}: {1} copied, {2} skipped",
        ConfirmDeletion = "Deleting {0} cannot be undone, and its id is never used again. Type the id to go on:",
        Erasing = "{0} is gone; erasing: {1:N0} rows so far",
        Erased = "{0} is erased: {1:N0} rows; a scan of {2} tables found {3}.",
        Moving = "{0} is being moved; its log is in {1} up to event {2:N0}",
        Moved = "{0} lives in {1}.",
        ClearingCopy = "{0} lives in {1}; the copy in {2} is being cleared.",
        MoveFailed = "{0} was not moved and lives in {1}: {2}",
        MoveCancelled = "The move is cancelled; {0} lives in {1}.",
        AgencySet = "Agency {0} is registered.",
        AgencyUnchanged = "Agency {0}: nothing to change.",
        LastUsed = "last used",
        ReplacedBy = "replaced by",
        Time = "time",
        Act = "act",
        Subject = "done to",
        Actor = "by",
        Request = "request",
    };

    public static Texts Ru { get; } = new()
    {
        Language = "ru",
        Culture = CultureInfo.GetCultureInfo("ru-RU"),
        Error = "Ошибка",
        Code = "код",
        At = "место",
        Allowed = "допустимо",
        Accepted = "принято",
        Duplicates = "повторы",
        Rejected = "отклонено",
        RowsWithProblems = "проблемы",
        Skipped = "отправлено прошлым запуском",
        Sequence = "последний номер",
        Duration = "время",
        Importing = "Импорт",
        Waiting = "ожидание",
        EventsPerSecond = "событий/с",
        Left = "осталось",
        MoreProblems = "… и ещё проблем: {0}",
        RunAgain = "Запустите ту же команду ещё раз, чтобы продолжить; дважды ничего не посчитается.",
        Quarantined = "Отклонённые события лежат в карантине клиента с причинами.",
        FirstEvents = "Первые события",
        WouldSend = "Было бы отправлено событий: {0}",
        NothingSent = "Пробный запуск: ничего не отправлено.",
        Interrupted = "Прервано.",
        NoKey = "Ключ не задан. Положите его в переменную CRMKPI_KEY или в файл, указанный в --key-file.",
        Name = "название",
        Created = "создан",
        Expires = "истекает",
        Revoked = "отозван",
        Scopes = "права",
        Tenants = "клиенты",
        AllTenants = "(все)",
        ShownOnce = "Ключ показан один раз, получить его снова нельзя.",
        TenantSet = "Клиент {0}: записано настроек: {1}.",
        Unchanged = "Клиент {0}: менять нечего.",
        Value = "значение",
        Unit = "единица",
        Norm = "норма",
        Period = "период",
        Before = "было",
        Change = "изменение",
        NoData = "–",
        Blank = "(пусто)",
        Warning = "Примечание",
        MoreGroups = "Есть ещё группы; следующая страница: --page {0}.",
        MoreFacts = "Есть ещё факты; следующая страница: --page {0}.",
        Formula = "формула",
        Day = "день",
        Adds = "вклад",
        Rebuilding = "Перестроение",
        Rebuilt = "Перестроено: действует поколение {0}.",
        Verifying = "Проверка",
        Verified = "Проверено: куб совпадает с пересчётом из журнала (ячеек: {0}).",
        Differs = "Куб расходится с пересчётом из журнала в {0} ячейках.",
        Parked = "Проекция этого клиента остановилась: {0}",
        Setting = "настройка",
        Owner = "владелец",
        KpiSaved = "Показатель {0}: сохранён.",
        KpiUnchanged = "Показатель {0}: менять нечего.",
        KpiRemoved = "Показатель {0}: удалён.",
        Cloned = "{0}: скопировано {1}, пропущено {2}",
        ConfirmDeletion = "Удаление {0} необратимо, и его id больше не используется. Введите id, чтобы продолжить:",
        Erasing = "{0} удалён; стирание: строк стёрто {1:N0}",
        Erased = "{0} стёрт: строк {1:N0}; при проверке таблиц ({2}) найдено: {3}.",
        Moving = "{0} переносится; журнал в базе {1} до события {2:N0}",
        Moved = "{0} находится в базе {1}.",
        ClearingCopy = "{0} находится в базе {1}; копия в базе {2} удаляется.",
        MoveFailed = "{0} не перенесён и находится в базе {1}: {2}",
        MoveCancelled = "Перенос отменён; {0} находится в базе {1}.",
        AgencySet = "Агентство {0} зарегистрировано.",
        AgencyUnchanged = "Агентство {0}: менять нечего.",
        LastUsed = "использован",
        ReplacedBy = "заменён на",
        Time = "время",
        Act = "действие",
        Subject = "с чем",
        Actor = "кем",
        Request = "запрос",
    };

    /// <summary>The texts of a language, or null.</summary>
    public static Texts? Of(string language) => language switch
    {
        "en" => En,
        "ru" => Ru,
        _ => null,
    };
}
