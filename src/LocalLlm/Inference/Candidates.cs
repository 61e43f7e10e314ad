using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>The candidate array that samplers work on: one entry per token of the vocabulary, outside the managed heap, used for one draw after the other.</summary>
internal sealed unsafe class Candidates(int vocabularySize) : IDisposable
{
    private llama_token_data* _data = (llama_token_data*)NativeMemory.Alloc((nuint)vocabularySize, (nuint)sizeof(llama_token_data));
    private llama_token_data_array _array;

    /// <summary>What samplers have left, in the order that they left it in.</summary>
    internal Span<llama_token_data> Left => new(_array.data, (int)_array.size);

    /// <summary>The token that the last sampler selected; -1 where it selected none, or one that can't be drawn.</summary>
    internal int Selected => TokenAt((int)_array.selected);

    /// <summary>The token with the greatest logit; -1 where a logit is NaN or positive infinity, or none is finite.</summary>
    internal int Best
    {
        get
        {
            ReadOnlySpan<llama_token_data> left = Left;
            int best = -1;
            float greatest = float.NegativeInfinity;
            for (int i = 0; i < left.Length; i++)
            {
                float logit = left[i].logit;
                if (!(logit <= greatest))
                {
                    best = i;
                    greatest = logit;
                    if (!float.IsFinite(logit))
                    {
                        return -1;
                    }
                }
            }

            return TokenAt(best);
        }
    }

    /// <summary>Fills the array with a row of logits, in the order of the vocabulary.</summary>
    internal void Fill(ReadOnlySpan<float> logits)
    {
        for (int token = 0; token < vocabularySize; token++)
        {
            _data[token] = new llama_token_data { id = token, logit = logits[token] };
        }

        _array = new llama_token_data_array { data = _data, size = (nuint)vocabularySize, selected = -1 };
    }

    /// <summary>Lets a sampler work on the array.</summary>
    internal void Apply(SamplerHandle sampler)
    {
        fixed (llama_token_data_array* array = &_array)
        {
            LlamaApi.llama_sampler_apply(sampler, array);
        }
    }

    /// <summary>Takes away all but the first so many of <see cref="Left"/>.</summary>
    internal void Keep(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)_array.size, nameof(count));
        _array.size = (nuint)count;
        _array.selected = -1;
    }

    public void Dispose()
    {
        NativeMemory.Free(_data);
        _data = null;
        _array = default;
    }

    private int TokenAt(int index) =>
        (uint)index < (uint)_array.size && float.IsFinite(_array.data[index].logit) ? _array.data[index].id : -1;
}
