namespace LocalLlm.Inference;

/// <summary>Some tokens of a vocabulary.</summary>
internal sealed class AllowedTokens(int vocabularySize)
{
    private readonly ulong[] _bits = new ulong[(vocabularySize + 63) / 64];

    internal bool Contains(int token) => (_bits[token >> 6] >> token & 1) != 0;

    internal void Add(int token) => _bits[token >> 6] |= 1UL << token;

    internal void Remove(int token) => _bits[token >> 6] &= ~(1UL << token);

    internal void Clear() => Array.Clear(_bits);

    internal void UnionWith(AllowedTokens other)
    {
        for (int i = 0; i < _bits.Length; i++)
        {
            _bits[i] |= other._bits[i];
        }
    }
}
