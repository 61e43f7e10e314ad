using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>The candidate array that samplers work on: one entry per token of the vocabulary, outside the managed heap, used for one draw after the other.</summary>
internal sealed unsafe class Candidates(int vocabularySize) : IDisposable
{
    private llama_token_data* _data = (llama_token_data*)NativeMemory.Alloc((nuint)vocabularySize, (nuint)sizeof(llama_token_data));

    /// <summary>Fills the array with a row of logits, in the order of the vocabulary.</summary>
    internal llama_token_data_array Fill(float* logits)
    {
        for (int token = 0; token < vocabularySize; token++)
        {
            _data[token] = new llama_token_data { id = token, logit = logits[token] };
        }

        return new llama_token_data_array { data = _data, size = (nuint)vocabularySize, selected = -1 };
    }

    public void Dispose()
    {
        NativeMemory.Free(_data);
        _data = null;
    }
}
