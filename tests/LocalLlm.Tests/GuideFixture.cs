namespace LocalLlm.Tests;

/// <summary>The guide model, loaded once for a class of tests.</summary>
public sealed class GuideFixture : IDisposable
{
    public LocalModel Model { get; } = TestModels.LoadGuide(contextLength: 512, sequences: 4);

    public void Dispose() => Model.Dispose();
}
