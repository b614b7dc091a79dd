namespace CrmKpi.Domain.Events;

/// <summary>Why an event is refused. <see cref="Codes"/> are stable: clients and the quarantine keep them.</summary>
/// <param name="Code">One of <see cref="Codes"/>.</param>
/// <param name="Detail">What was wrong, where, and what to do.</param>
/// <param name="Pointer">JSON pointer from the root of the event; empty for the event as a whole.</param>
public sealed record EventProblem(string Code, string Detail, string Pointer)
{
    /// <summary>The stable problem codes.</summary>
    public static class Codes
    {
        /// <summary>Not JSON at all, or not a JSON object.</summary>
        public const string MalformedJson = "malformed_json";

        /// <summary>The bytes are not UTF-8, or an escape stands for half a surrogate pair.</summary>
        public const string InvalidText = "invalid_text";

        /// <summary>The character U+0000 stands in a text.</summary>
        public const string NullCharacter = "null_character";

        /// <summary>Objects or lists are nested too deep.</summary>
        public const string TooDeep = "too_deep";

        /// <summary>The event or one of its texts, lists or maps is longer than allowed.</summary>
        public const string TooLarge = "too_large";

        /// <summary>A known attribute or field stands twice in its object.</summary>
        public const string DuplicateKey = "duplicate_key";

        /// <summary>A required attribute or field is missing, null or empty.</summary>
        public const string MissingField = "missing_field";

        /// <summary>A value has another JSON type or another form than its field wants.</summary>
        public const string WrongType = "wrong_type";

        /// <summary>A text is none of the allowed values.</summary>
        public const string UnknownValue = "unknown_value";

        /// <summary>A number, an amount or a point in time lies outside its range.</summary>
        public const string OutOfRange = "out_of_range";

        /// <summary>A point in time or a day is not written as RFC 3339 wants it.</summary>
        public const string BadTime = "bad_time";

        /// <summary><c>specversion</c> is not 1.0.</summary>
        public const string BadSpecVersion = "bad_specversion";

        /// <summary><c>datacontenttype</c> is not JSON.</summary>
        public const string BadContentType = "bad_content_type";

        /// <summary><c>data_base64</c> instead of <c>data</c>.</summary>
        public const string UnsupportedData = "unsupported_data";

        /// <summary><c>type</c> is not a canonical event type.</summary>
        public const string UnknownType = "unknown_type";

        /// <summary><c>subject</c> does not name a stream of the event's type.</summary>
        public const string BadSubject = "bad_subject";
    }
}
