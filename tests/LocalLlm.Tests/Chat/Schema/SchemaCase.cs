using System.Text.Json;
using LocalLlm.Chat.Schema;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>A schema with some texts that its grammar takes and some that it does not.</summary>
internal sealed record SchemaCase(string Schema, string[] Accepted, string[] Refused)
{
    internal string Grammar => JsonGrammar.Of(JsonElement.Parse(Schema)).Text;
}
