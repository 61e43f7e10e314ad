using System.Globalization;
using System.Text;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>
/// Makes DRY samplers for one vocabulary. Finding the tokens that hold or begin a sequence breaker takes up to a second
/// in a large vocabulary, so what was made once is cloned for the next call with equal options. Usable from any thread.
/// </summary>
internal sealed unsafe class DrySamplers(ModelHandle model, nint vocab)
{
    // A program uses one or two sets of options; callers who invent new ones must not have them all kept.
    private const int MostKept = 8;

    // Those that fall out are not disposed: another thread may be cloning one. The finalizer frees them.
    private readonly Recent<string, SamplerHandle> _kept = new(MostKept);

    /// <summary>Does the work, so that <see cref="Create"/> is cheap.</summary>
    internal void Prepare(DryOptions dry) => Kept(dry);

    /// <summary>A sampler that has seen no token yet. It belongs to the caller.</summary>
    internal nint Create(DryOptions dry) => SamplerChain.Checked(LlamaApi.llama_sampler_clone(Kept(dry)));

    private SamplerHandle Kept(DryOptions dry)
    {
        string breakers = string.Join('\0', dry.SequenceBreakers);
        string key = string.Create(CultureInfo.InvariantCulture, $"{dry.Multiplier:R} {dry.Base:R} {dry.AllowedLength} {dry.Window} {breakers}");
        return _kept.GetOrAdd(key, _ => new SamplerHandle(SamplerChain.Checked(Make(dry))));
    }

    private nint Make(DryOptions dry)
    {
        nuint count = (nuint)dry.SequenceBreakers.Count;
        byte*[] pointers = new byte*[count];
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(dry.SequenceBreakers.Select(breaker => breaker + '\0')));
        bool added = false;
        model.DangerousAddRef(ref added);
        try
        {
            fixed (byte* start = text)
            fixed (byte** breakers = pointers)
            {
                byte* next = start;
                for (nuint i = 0; i < count; i++)
                {
                    pointers[i] = next;
                    next += Encoding.UTF8.GetByteCount(dry.SequenceBreakers[(int)i]) + 1;
                }

                return LlamaApi.llama_sampler_init_dry(vocab, dry.Multiplier, dry.Base, dry.AllowedLength, dry.Window, breakers, count);
            }
        }
        finally
        {
            model.DangerousRelease();
        }
    }
}
