namespace LocalLlm;

/// <summary>A backend whose library is there but could not be loaded. The others go on without it.</summary>
/// <param name="Path">The library file.</param>
/// <param name="Reason">The loader's own words, and what to install where that is known.</param>
public sealed record BackendFailure(string Path, string Reason);
