using System.Runtime.CompilerServices;

namespace LocalLlm.Chat.Templating;

/// <summary>One rendering of a template: where it stands and what it may still use.</summary>
internal sealed class Evaluation(TemplateContext context, CancellationToken cancellationToken)
{
    private const long MaxSteps = 1_000_000;
    private const int StepsPerInputByte = 16;
    private const int StepsBetweenChecks = 1024;
    private const int MaxDepth = 200;
    private const long MaxBytes = 12 << 20;
    private const int BytesPerInputByte = 64;

    // Values are compared and hashed through interfaces that can't pass it on.
    [ThreadStatic]
    private static Evaluation? _current;

    private long _steps;
    private long _nextCheck = StepsBetweenChecks;
    private long _maxSteps = MaxSteps;
    private int _depth;
    private long _bytes;
    private long _maxBytes = MaxBytes;
    private bool _isInputCounted;

    /// <summary>The rendering on this thread, if there is one.</summary>
    internal static Evaluation? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Where the template stands.</summary>
    internal Position Position { get; private set; }

    internal DateTimeOffset Now => context.Now ?? TimeProvider.System.GetLocalNow();

    /// <summary>Counts work at a place of the template.</summary>
    internal void Step(Position position)
    {
        Position = position;
        Step();
    }

    internal void Step()
    {
        if (++_steps >= _nextCheck)
        {
            Check();
        }
    }

    /// <summary>Counts the work that a value's length makes.</summary>
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
            CountInput();
            if (_bytes > _maxBytes)
            {
                throw new TemplateFault($"The template takes more than {_maxBytes >> 20} MiB of memory.");
            }
        }
    }

    /// <summary>Enters a call. Each is left by <see cref="Leave"/>, unless the rendering fails.</summary>
    internal void Enter()
    {
        if (++_depth > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault($"Calls are nested more than {_depth - 1} deep.");
        }
    }

    internal void Leave() => _depth--;

    private void Check()
    {
        _nextCheck = _steps + StepsBetweenChecks;
        cancellationToken.ThrowIfCancellationRequested();
        if (_steps > _maxSteps)
        {
            CountInput();
            if (_steps > _maxSteps)
            {
                throw new TemplateFault($"The template takes more than {_maxSteps} steps.");
            }
        }
    }

    // A long conversation may take more.
    private void CountInput()
    {
        if (!_isInputCounted)
        {
            _isInputCounted = true;
            long bytes = context.Variables.Values.Sum(v => v.Size());
            _maxBytes += BytesPerInputByte * bytes;
            _maxSteps += StepsPerInputByte * bytes;
        }
    }
}
