using System.Text.Encodings.Web;
using System.Text.Json;
using LocalLlm.Inference;

namespace LocalLlm.Chat.Schema;

/// <summary>The grammar of answers in JSON.</summary>
internal sealed class JsonGrammar
{
    private const int Kept = 64;

    // Those found to be fine: the same functions are offered again and again.
    private static readonly Recent<string, bool> Checked = new(Kept);

    private JsonGrammar(Func<GrammarWriter, string> write, JsonElement? schema)
    {
        GrammarWriter writer = new();
        writer.Define("root", write(writer));
        Text = writer.Text;
        Schema = schema is { } shown ? Show(shown) : null;
    }

    /// <summary>Any object.</summary>
    internal static JsonGrammar Any { get; } = new(WriteAny, schema: null);

    /// <summary>The grammar in GBNF; "root" is the whole answer.</summary>
    internal string Text { get; }

    /// <summary>The schema, to be shown to the model; null where there is none.</summary>
    internal string? Schema { get; }

    /// <summary>The grammar of a schema.</summary>
    /// <exception cref="ArgumentException">It is not a valid schema, or no value keeps it.</exception>
    /// <exception cref="NotSupportedException">It can't be kept.</exception>
    internal static JsonGrammar Of(JsonElement schema) => new(writer => Write(writer, schema), schema);

    /// <summary>Writes the rules for a value of a schema.</summary>
    /// <returns>The rule's name.</returns>
    /// <exception cref="ArgumentException">It is not a valid schema, or no value keeps it.</exception>
    /// <exception cref="NotSupportedException">It can't be kept.</exception>
    internal static string Write(GrammarWriter writer, JsonElement schema)
    {
        Check(schema);
        return ValueRules.Write(writer, new SchemaDocument(schema).Root);
    }

    /// <summary>Sees whether a schema can be kept. The last ones that can are remembered.</summary>
    /// <exception cref="ArgumentException">It is not a valid schema, or no value keeps it.</exception>
    /// <exception cref="NotSupportedException">It can't be kept.</exception>
    internal static void Check(JsonElement schema) => Checked.GetOrAdd(schema.GetRawText(), _ => IsFine(schema));

    private static bool IsFine(JsonElement schema)
    {
        SchemaDocument document = new(schema);
        if (Emptiness.IsEmpty([document.Root]))
        {
            throw SchemaErrors.Invalid("$", "No value is valid under it.");
        }

        GrammarWriter alone = new();
        alone.Define("root", ValueRules.Write(alone, document.Root));
        try
        {
            // What the grammar leaves out of the schema may have been all; and grammars have limits.
            Grammar.Check(alone.Text);
            return true;
        }
        catch (GrammarException e)
        {
            throw new NotSupportedException($"This JSON schema can't be kept while generating. $: As a grammar it is refused. {e.Message}", e);
        }
    }

    /// <summary>Writes the rules for any object.</summary>
    /// <returns>The rule's name.</returns>
    internal static string WriteAny(GrammarWriter writer) => ValueRules.AnyObject(writer);

    private static string Show(JsonElement schema)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            schema.WriteTo(writer);
        }

        return System.Text.Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length));
    }
}
