using System.Text.Encodings.Web;
using System.Text.Json;
using LocalLlm.Inference;

namespace LocalLlm.Chat.Schema;

/// <summary>The grammar of answers in JSON.</summary>
internal sealed class JsonGrammar
{
    private const int Kept = 64;

    private static readonly Recent<string, NotSupportedException?> Refusals = new(Kept);

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
    internal static JsonGrammar Of(JsonElement schema)
    {
        Check(schema);
        return new JsonGrammar(writer => Write(writer, schema), schema);
    }

    /// <summary>Writes the rules for a value of a schema that was checked, or of a part of one.</summary>
    /// <returns>The rule's name.</returns>
    internal static string Write(GrammarWriter writer, JsonElement schema) => ValueRules.Write(writer, new SchemaDocument(schema).Root);

    /// <summary>Sees whether a schema can be kept. What was found of the last ones is remembered: the same functions are offered again and again.</summary>
    /// <exception cref="ArgumentException">It is not a valid schema, or no value keeps it.</exception>
    /// <exception cref="NotSupportedException">It can't be kept.</exception>
    internal static void Check(JsonElement schema)
    {
        if (Refusals.GetOrAdd(schema.GetRawText(), _ => FindRefusal(schema)) is { } refusal)
        {
            throw new NotSupportedException(refusal.Message, refusal);
        }
    }

    private static NotSupportedException? FindRefusal(JsonElement schema)
    {
        try
        {
            Verify(schema);
            return null;
        }
        catch (NotSupportedException refusal)
        {
            return refusal;
        }
    }

    private static void Verify(JsonElement schema)
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
