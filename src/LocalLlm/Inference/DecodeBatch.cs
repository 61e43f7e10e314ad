using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>The tokens of one llama_decode call, of several sequences, outside the managed heap.</summary>
internal sealed unsafe class DecodeBatch : IDisposable
{
    private readonly int* _tokens;
    private readonly int* _positions;
    private readonly int* _sequenceCounts;
    private readonly int* _sequenceIds;
    private readonly int** _sequenceIdPointers;
    private readonly sbyte* _outputs;

    internal DecodeBatch(int capacity)
    {
        Capacity = capacity;
        _tokens = Allocate<int>();
        _positions = Allocate<int>();
        _sequenceCounts = Allocate<int>();
        _sequenceIds = Allocate<int>();
        _sequenceIdPointers = (int**)NativeMemory.Alloc((nuint)capacity, (nuint)sizeof(int*));
        _outputs = Allocate<sbyte>();
        for (int i = 0; i < capacity; i++)
        {
            _sequenceCounts[i] = 1;
            _sequenceIdPointers[i] = _sequenceIds + i;
        }
    }

    internal int Capacity { get; }

    internal int Count { get; private set; }

    internal int Room => Capacity - Count;

    internal void Clear() => Count = 0;

    /// <summary>Adds a token of a sequence and returns its index in the batch.</summary>
    internal int Add(int token, int position, int sequenceId, bool output)
    {
        int index = Count++;
        _tokens[index] = token;
        _positions[index] = position;
        _sequenceIds[index] = sequenceId;
        _outputs[index] = (sbyte)(output ? 1 : 0);
        return index;
    }

    internal int Decode(ContextHandle context) => LlamaApi.llama_decode(context, new llama_batch
    {
        n_tokens = Count,
        token = _tokens,
        pos = _positions,
        n_seq_id = _sequenceCounts,
        seq_id = _sequenceIdPointers,
        logits = _outputs,
    });

    public void Dispose()
    {
        NativeMemory.Free(_tokens);
        NativeMemory.Free(_positions);
        NativeMemory.Free(_sequenceCounts);
        NativeMemory.Free(_sequenceIds);
        NativeMemory.Free(_sequenceIdPointers);
        NativeMemory.Free(_outputs);
    }

    private T* Allocate<T>()
        where T : unmanaged => (T*)NativeMemory.Alloc((nuint)Capacity, (nuint)sizeof(T));
}
