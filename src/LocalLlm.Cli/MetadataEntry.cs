using System.Globalization;
using System.Text.Json.Nodes;

namespace LocalLlm.Cli;

/// <summary>One metadata entry, as much of it as is shown.</summary>
/// <param name="Key">The key.</param>
/// <param name="Type">The type; "String[]" for an array.</param>
/// <param name="Length">Elements of an array, or characters of a string.</param>
/// <param name="Value">The value; of an array its first elements; null where it is not shown.</param>
internal sealed record MetadataEntry(string Key, string Type, int? Length, object? Value)
{
    private const int MostElements = 32;
    private const int MostElementsInText = 6;
    private const int MostCharactersInText = 100;
    private const int MostCharactersOfElementInText = 24;
    private const string ChatTemplate = "tokenizer.chat_template";

    internal static MetadataEntry Of(GgufMetadata metadata, string key)
    {
        if (metadata.TryGetArrayInfo(key, out GgufValueType elements, out int length))
        {
            return new MetadataEntry(key, $"{elements}[]", length, First(metadata, key, elements, Math.Min(length, MostElements)));
        }
        if (!metadata.TryGetValueType(key, out GgufValueType type))
        {
            return new MetadataEntry(key, "?", null, null);     // a key that is no UTF-8 is not found under what is shown of it
        }
        object value = metadata.GetValue(key);
        return value is string text
            ? new MetadataEntry(key, $"{type}", text.Length, IsChatTemplate(key) ? null : text)
            : new MetadataEntry(key, $"{type}", null, value);
    }

    /// <summary>The value on one line, shortened.</summary>
    internal string Text() => Value switch
    {
        string text => Plain.Cut(text, MostCharactersInText),
        Array array => Elements(array),
        null when IsChatTemplate(Key) && Length is int length => string.Create(CultureInfo.InvariantCulture, $"present, {length:N0} characters"),
        null when Length is int length => string.Create(CultureInfo.InvariantCulture, $"({length:N0} elements)"),
        null => "?",
        _ => Scalar(Value),
    };

    internal MetadataJson Json() => new(Key, Type, Length, Node(Value));

    private static bool IsChatTemplate(string key) => key == ChatTemplate || key.StartsWith(ChatTemplate + ".", StringComparison.Ordinal);

    private string Elements(Array array)
    {
        IEnumerable<string> shown = array.Cast<object>().Take(MostElementsInText).Select(element => element is string text
            ? $"\"{Plain.Cut(text, MostCharactersOfElementInText)}\""
            : Scalar(element));
        return Length > MostElementsInText
            ? string.Create(CultureInfo.InvariantCulture, $"[{string.Join(", ", shown)}, …] ({Length:N0} elements)")
            : $"[{string.Join(", ", shown)}]";
    }

    private static string Scalar(object value) => value is bool truth ? (truth ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static Array? First(GgufMetadata metadata, string key, GgufValueType elements, int count) => elements switch
    {
        GgufValueType.UInt8 => Copy<byte>(metadata, key, count),
        GgufValueType.Int8 => Copy<sbyte>(metadata, key, count),
        GgufValueType.UInt16 => Copy<ushort>(metadata, key, count),
        GgufValueType.Int16 => Copy<short>(metadata, key, count),
        GgufValueType.UInt32 => Copy<uint>(metadata, key, count),
        GgufValueType.Int32 => Copy<int>(metadata, key, count),
        GgufValueType.UInt64 => Copy<ulong>(metadata, key, count),
        GgufValueType.Int64 => Copy<long>(metadata, key, count),
        GgufValueType.Float32 => Copy<float>(metadata, key, count),
        GgufValueType.Float64 => Copy<double>(metadata, key, count),
        GgufValueType.Boolean => Copy<bool>(metadata, key, count),
        GgufValueType.String => Copy<string>(metadata, key, count),
        _ => null,      // arrays of arrays, which llama.cpp does not read
    };

    private static T[] Copy<T>(GgufMetadata metadata, string key, int count)
    {
        T[] values = new T[count];
        metadata.CopyArray(key, 0, values.AsSpan());
        return values;
    }

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool truth => JsonValue.Create(truth),
        float number when float.IsFinite(number) => JsonValue.Create(number),
        double number when double.IsFinite(number) => JsonValue.Create(number),
        float or double => JsonValue.Create(Scalar(value)),     // NaN and the infinities are no JSON numbers
        ulong number => JsonValue.Create(number),
        Array array => new JsonArray([.. array.Cast<object>().Select(Node)]),
        _ => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
    };
}
