using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>The tokens of one llama_decode call, of several sequences, outside the managed heap.</summary>
internal sealed unsafe class DecodeBatch : IDisposable
{
    private readonly int* tokens;
    private readonly int* positions;
    private readonly int* sequenceCounts;
    private readonly int* sequenceIds;
    private readonly int** sequenceIdPointers;
    private readonly sbyte* outputs;

    internal DecodeBatch(int capacity)
    {
        Capacity = capacity;
        tokens = Allocate<int>();
        positions = Allocate<int>();
        sequenceCounts = Allocate<int>();
        sequenceIds = Allocate<int>();
        sequenceIdPointers = (int**)NativeMemory.Alloc((nuint)capacity, (nuint)sizeof(int*));
        outputs = Allocate<sbyte>();
        for (int i = 0; i < capacity; i++)
        {
            sequenceCounts[i] = 1;
            sequenceIdPointers[i] = sequenceIds + i;
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
        tokens[index] = token;
        positions[index] = position;
        sequenceIds[index] = sequenceId;
        outputs[index] = (sbyte)(output ? 1 : 0);
        return index;
    }

    internal int Decode(ContextHandle context) => LlamaApi.llama_decode(context, new llama_batch
    {
        n_tokens = Count,
        token = tokens,
        pos = positions,
        n_seq_id = sequenceCounts,
        seq_id = sequenceIdPointers,
        logits = outputs,
    });

    public void Dispose()
    {
        NativeMemory.Free(tokens);
        NativeMemory.Free(positions);
        NativeMemory.Free(sequenceCounts);
        NativeMemory.Free(sequenceIds);
        NativeMemory.Free(sequenceIdPointers);
        NativeMemory.Free(outputs);
    }

    private T* Allocate<T>()
        where T : unmanaged => (T*)NativeMemory.Alloc((nuint)Capacity, (nuint)sizeof(T));
}
