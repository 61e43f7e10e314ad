namespace LocalLlm.Gguf;

/// <summary>
/// Results of methods that take a flag "async" and complete synchronously when it is false, so that sending and
/// reading are written once for both kinds of callers. No thread ever waits on a task here.
/// </summary>
internal static class Synchronous
{
    public static T Result<T>(ValueTask<T> task) => task.IsCompleted ? task.Result : throw Incomplete();

    public static void Result(ValueTask task)
    {
        if (!task.IsCompleted)
        {
            throw Incomplete();
        }

        task.GetAwaiter().GetResult();
    }

    private static InvalidOperationException Incomplete() => new("A synchronous read did not complete synchronously.");
}
