using System.Runtime.CompilerServices;

namespace LocalLlm.Chat.Templating;

/// <summary>One rendering of a template: where it stands and what it may still use.</summary>
internal sealed class Evaluation
{
    /// <summary>How much of a text is gone through in the time of a step.</summary>
    internal const int CharsPerStep = 64;

    private const int MaxDepth = 200;
    private const int StepsBetweenChecks = 1024;

    // A long conversation may take more.
    private const long MaxSteps = 250_000;
    private const int StepsPerInputByte = 16;
    private const long MaxBytes = 12 << 20;
    private const int BytesPerInputByte = 64;

    // Values are compared and hashed through interfaces that can't pass it on.
    [ThreadStatic]
    private static Evaluation? _current;

    private readonly TemplateContext _context;
    private readonly CancellationToken _cancellationToken;
    private readonly long _maxSteps;
    private readonly long _maxBytes;
    private long _steps;
    private long _nextCheck;
    private long _bytes;
    private int _depth;

    internal Evaluation(TemplateContext context, CancellationToken cancellationToken)
    {
        (_context, _cancellationToken) = (context, cancellationToken);
        long input = context.Variables.Values.Sum(v => v.Size());
        _maxSteps = MaxSteps + (StepsPerInputByte * input);
        _maxBytes = MaxBytes + (BytesPerInputByte * input);
    }

    /// <summary>The rendering on this thread, if there is one.</summary>
    internal static Evaluation? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Where the template stands.</summary>
    internal SourcePosition Position { get; private set; }

    internal DateTimeOffset Now => _context.Now ?? TimeProvider.System.GetLocalNow();

    /// <summary>The work of looking for one text in another: at worst, the product of their lengths.</summary>
    internal static long StepsOfSearch(string text, string part) => (text.Length / CharsPerStep) + ((long)text.Length * part.Length / (CharsPerStep * CharsPerStep));

    /// <summary>The work of arithmetic on so many digits or bits, which grows with their square.</summary>
    internal static long StepsOfDigits(long digits) => digits * digits / 1024;

    /// <summary>Counts work at a place of the template.</summary>
    internal void Step(SourcePosition position)
    {
        Position = position;
        Work(1);
    }

    internal void Step() => Work(1);

    /// <summary>Counts the work that a value's size makes.</summary>
    internal void Work(long steps)
    {
        _steps += steps;
        if (_steps >= _nextCheck)
        {
            Check();
        }
    }

    /// <summary>Counts memory before it is taken; what is given up again stays counted.</summary>
    internal void Charge(long bytes)
    {
        _bytes += bytes;
        if (_bytes > _maxBytes)
        {
            throw new TemplateFault($"The template takes more than {_maxBytes >> 20} MiB of memory.");
        }
    }

    /// <summary>Enters a call. Each is left by <see cref="Leave"/>, unless the rendering fails.</summary>
    internal void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw new TemplateFault($"Calls are nested more than {MaxDepth} deep.");
        }

        EnsureStack();
    }

    internal void Leave() => _depth--;

    /// <summary>Fails while there is still stack: values and the template's own parts are walked recursively.</summary>
    internal static void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault("Values or calls are nested too deep.");
        }
    }

    private void Check()
    {
        _nextCheck = _steps + StepsBetweenChecks;
        _cancellationToken.ThrowIfCancellationRequested();
        if (_steps > _maxSteps)
        {
            throw new TemplateFault($"The template takes more than {_maxSteps} steps.");
        }
    }
}
