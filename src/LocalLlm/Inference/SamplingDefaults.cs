using System.Globalization;
using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>What is sampled with where the caller says nothing: the model file's own recommendation (general.sampling.*), else llama.cpp's values.</summary>
internal sealed record SamplingDefaults(float Temperature, int TopK, float TopP, float MinP)
{
    internal static SamplingDefaults Of(LoadedModel model)
    {
        return new SamplingDefaults(
            Number(llama_model_meta_key.LLAMA_MODEL_META_KEY_SAMPLING_TEMP, 0, float.MaxValue) ?? 0.8f,
            (int?)Number(llama_model_meta_key.LLAMA_MODEL_META_KEY_SAMPLING_TOP_K, 0, int.MaxValue) ?? 40,
            Number(llama_model_meta_key.LLAMA_MODEL_META_KEY_SAMPLING_TOP_P, 0, 1) ?? 0.95f,
            Number(llama_model_meta_key.LLAMA_MODEL_META_KEY_SAMPLING_MIN_P, 0, 1) ?? 0.05f);

        // A recommendation outside the valid range is none.
        unsafe float? Number(llama_model_meta_key key, float min, float max) =>
            Marshal.PtrToStringUTF8((nint)LlamaApi.llama_model_meta_key_str(key)) is { } name
            && float.TryParse(model.Metadata(name), NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
            && value >= min && value <= max
                ? value
                : null;
    }
}
