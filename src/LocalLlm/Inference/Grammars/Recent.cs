namespace LocalLlm.Inference;

/// <summary>The things used last, by key, up to a number of them. Usable from any thread.</summary>
internal sealed class Recent<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly List<(TKey Key, TValue Value)> _items = [];

    /// <summary>What was made for the key, or what is made for it now; one maker at a time.</summary>
    internal TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        lock (_gate)
        {
            int index = _items.FindIndex(i => i.Key.Equals(key));
            (TKey Key, TValue Value) item = index >= 0 ? _items[index] : (key, make(key));
            if (index >= 0)
            {
                _items.RemoveAt(index);
            }
            else if (_items.Count == capacity)
            {
                _items.RemoveAt(capacity - 1);
            }

            _items.Insert(0, item);
            return item.Value;
        }
    }
}
