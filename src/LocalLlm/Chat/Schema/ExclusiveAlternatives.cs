namespace LocalLlm.Chat.Schema;

/// <summary>The alternatives of a oneOf: a value must be valid under one and no other.</summary>
internal static class ExclusiveAlternatives
{
    /// <summary>What must be added to an alternative so that none of its values is valid under another; often nothing.</summary>
    /// <exception cref="NotSupportedException">Some value may be valid under two of them.</exception>
    internal static IEnumerable<SchemaNode> Limit(IEnumerable<SchemaNode> common, SchemaNode branch, SchemaNode[] branches)
    {
        foreach (SchemaNode other in branches.Where(other => other != branch))
        {
            if (!Emptiness.IsEmpty([.. common, branch, other]))
            {
                throw SchemaErrors.Unsupported(other.Path, $"A value may be valid here and under {branch.Path} too, which oneOf forbids. Give each a required property with a const of its own, or use anyOf.");
            }
        }

        return [];
    }
}
