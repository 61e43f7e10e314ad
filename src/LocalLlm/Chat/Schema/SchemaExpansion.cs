using System.Collections.Immutable;

namespace LocalLlm.Chat.Schema;

/// <summary>Resolves what schemas say through references, allOf, anyOf and oneOf into alternatives.</summary>
internal sealed class SchemaExpansion
{
    private const int MaxAlternatives = 1000;

    private readonly List<Conjunction> _alternatives = [];
    private readonly bool _isExclusive;

    private SchemaExpansion(bool isExclusive) => _isExclusive = isExclusive;

    /// <summary>The alternatives; a value is valid if it keeps one of them.</summary>
    /// <param name="schemas">What a value must keep all of.</param>
    /// <param name="isExclusive">The alternatives of a oneOf must exclude each other; else they are taken as those of an anyOf.</param>
    /// <param name="resolved">What it must keep too, and has been resolved already.</param>
    /// <exception cref="NotSupportedException">They do not, or there are too many.</exception>
    internal static IReadOnlyList<Conjunction> Of(IEnumerable<SchemaNode> schemas, bool isExclusive = true, IEnumerable<SchemaNode>? resolved = null)
    {
        SchemaExpansion expansion = new(isExclusive);
        expansion.Expand([.. resolved ?? []], [.. schemas.Select(schema => new Step(schema, null))]);
        return expansion._alternatives;
    }

    private void Expand(ImmutableList<SchemaNode> done, ImmutableQueue<Step> open)
    {
        SchemaErrors.CheckDepth();
        while (!open.IsEmpty)
        {
            open = open.Dequeue(out Step step);
            SchemaNode schema = step.Schema;
            if (step.IsWithinItself)
            {
                throw SchemaErrors.Invalid(schema.Path, "The schema refers to itself without end.");
            }

            if (done.Contains(schema))
            {
                continue;
            }

            done = done.Add(schema);
            if (schema.Reference() is { } target)
            {
                open = open.Enqueue(new Step(target, step));
            }

            foreach (SchemaNode part in schema.Children("allOf"))
            {
                open = open.Enqueue(new Step(part, step));
            }

            // The rest of this schema's unions comes with each alternative of the first.
            if (schema.Has("anyOf") && schema.Has("oneOf"))
            {
                foreach (SchemaNode any in schema.Children("anyOf"))
                {
                    Branch(done, open.Enqueue(new Step(any, step)), schema, step, "oneOf");
                }

                return;
            }

            if (schema.Has("anyOf") || schema.Has("oneOf"))
            {
                Branch(done, open, schema, step, schema.Has("anyOf") ? "anyOf" : "oneOf");
                return;
            }
        }

        _alternatives.Add(new Conjunction(done, _isExclusive));
        if (_alternatives.Count > MaxAlternatives)
        {
            throw SchemaErrors.Unsupported(done[0].Path, $"Its unions combine to more than {MaxAlternatives:N0} alternatives.");
        }
    }

    private void Branch(ImmutableList<SchemaNode> done, ImmutableQueue<Step> open, SchemaNode schema, Step step, string keyword)
    {
        SchemaNode[] branches = schema.Children(keyword);
        foreach (SchemaNode branch in branches)
        {
            ImmutableQueue<Step> next = open.Enqueue(new Step(branch, step));
            if (_isExclusive && keyword == "oneOf")
            {
                foreach (SchemaNode addition in ExclusiveAlternatives.Limit(done, branch, branches))
                {
                    next = next.Enqueue(new Step(addition, step));
                }
            }

            Expand(done, next);
        }
    }

    /// <param name="Schema">What is to be resolved.</param>
    /// <param name="From">What led to it.</param>
    private sealed record Step(SchemaNode Schema, Step? From)
    {
        internal bool IsWithinItself
        {
            get
            {
                Step? outer = From;
                while (outer is not null && outer.Schema != Schema)
                {
                    outer = outer.From;
                }

                return outer is not null;
            }
        }
    }
}
