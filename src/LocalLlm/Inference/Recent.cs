using System.Diagnostics.CodeAnalysis;

namespace LocalLlm.Inference;

/// <summary>The things used last, by key, up to a number of them. Usable from any thread.</summary>
internal sealed class Recent<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly List<(TKey Key, TValue Value)> _items = [];

    /// <summary>What was made for the key, or what is made for it now: outside the lock, so that nobody who has one already waits for it.</summary>
    internal TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        if (TryUse(key, out TValue? kept))
        {
            return kept;
        }

        TValue made = make(key);
        lock (_gate)
        {
            // Another thread may have been faster.
            if (TryUse(key, out kept))
            {
                return kept;
            }

            if (_items.Count == capacity)
            {
                _items.RemoveAt(capacity - 1);
            }

            _items.Insert(0, (key, made));
            return made;
        }
    }

    private bool TryUse(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_gate)
        {
            int index = _items.FindIndex(item => item.Key.Equals(key));
            value = index < 0 ? default : _items[index].Value;
            if (index > 0)
            {
                (TKey Key, TValue Value) item = _items[index];
                _items.RemoveAt(index);
                _items.Insert(0, item);
            }

            return index >= 0;
        }
    }
}
