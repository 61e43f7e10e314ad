namespace LocalLlm.Chat.Templating;

/// <summary>A list or tuple.</summary>
internal abstract class SequenceValue(IReadOnlyList<TemplateValue> items) : TemplateValue
{
    internal IReadOnlyList<TemplateValue> Items => items;

    internal override bool IsTrue => items.Count > 0;

    internal override int? Count => items.Count;

    internal abstract SequenceValue With(IReadOnlyList<TemplateValue> items);

    internal override IEnumerable<TemplateValue> Elements() => items;

    internal override TemplateValue? Item(TemplateValue key) =>
        ElementIndex.TryResolve(key, items.Count, out int index) ? items[index] : null;

    internal override TemplateValue Slice(Evaluation evaluation, SliceRange range)
    {
        (int start, int count, int step) = range.Resolve(items.Count);
        evaluation.Charge(64 + (8L * count));
        TemplateValue[] part = new TemplateValue[count];
        for (int i = 0; i < count; i++)
        {
            part[i] = items[start + (i * step)];
        }

        return With(part);
    }

    internal override long Size() => 64 + items.Sum(i => i.Size());

    public override bool Equals(TemplateValue? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        Descend();
        Evaluation.Current?.Work(items.Count);
        return other is SequenceValue sequence && GetType() == other.GetType() && items.Count == sequence.Items.Count && items.SequenceEqual(sequence.Items);
    }

    public override int GetHashCode()
    {
        Descend();
        Evaluation.Current?.Work(items.Count);
        HashCode hash = default;
        foreach (TemplateValue item in items)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    private protected void WriteItems(TextBuilder output)
    {
        Descend();
        for (int i = 0; i < items.Count; i++)
        {
            output.Evaluation?.Step();
            if (i > 0)
            {
                output.Append(", ");
            }

            items[i].WriteRepr(output);
        }
    }
}
