namespace LocalLlm.Tests;

/// <summary>Tests that start programs: after all others and one by one, since models on the same cores slow each other down.</summary>
[CollectionDefinition(nameof(Localllm), DisableParallelization = true)]
public sealed class OneProgramAtATime;
