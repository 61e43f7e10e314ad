using Microsoft.Extensions.Logging;

namespace LocalLlm.Models;

/// <summary>What the store tells its logger.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(EventId = 40, Level = LogLevel.Warning, Message = "{Repository} has a file that can't be kept under its name: {Name}")]
    public static partial void UnsafeName(ILogger logger, string repository, string name);

    [LoggerMessage(EventId = 41, Level = LogLevel.Warning, Message = "{Reference} is taken from the cache: {Reason}")]
    public static partial void FromCache(ILogger logger, string reference, string reason);

    [LoggerMessage(EventId = 42, Level = LogLevel.Information, Message = "{File} is being downloaded by another process: waiting for it")]
    public static partial void Waiting(ILogger logger, string file);

    [LoggerMessage(EventId = 43, Level = LogLevel.Warning, Message = "{Address}: {Reason}. Trying again")]
    public static partial void Retrying(ILogger logger, string address, string reason);

    [LoggerMessage(EventId = 44, Level = LogLevel.Warning, Message = "{Address} came damaged: the SHA-256 is {Actual}, not {Expected}. Fetched once more")]
    public static partial void Damaged(ILogger logger, string address, string actual, string expected);

    [LoggerMessage(EventId = 45, Level = LogLevel.Information, Message = "{File} downloaded: {Bytes} bytes, {Resumed} of them before")]
    public static partial void Downloaded(ILogger logger, string file, long bytes, long resumed);

    [LoggerMessage(EventId = 46, Level = LogLevel.Debug, Message = "What the hub told of {Repository} could not be kept: {Reason}")]
    public static partial void NotKept(ILogger logger, string repository, string reason);
}
