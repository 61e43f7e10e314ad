using LocalLlm.Gguf;

namespace LocalLlm;

/// <content>The typed setters.</content>
public sealed partial class GgufMetadataBuilder
{
    /// <summary>Sets an unsigned 8-bit integer.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetUInt8(string key, byte value) => Set(key, ValueEncoder.Scalar(GgufValueType.UInt8, value));

    /// <summary>Sets a signed 8-bit integer.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetInt8(string key, sbyte value) => Set(key, ValueEncoder.Scalar(GgufValueType.Int8, value));

    /// <summary>Sets an unsigned 16-bit integer.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetUInt16(string key, ushort value) => Set(key, ValueEncoder.Scalar(GgufValueType.UInt16, value));

    /// <summary>Sets a signed 16-bit integer.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetInt16(string key, short value) => Set(key, ValueEncoder.Scalar(GgufValueType.Int16, value));

    /// <summary>Sets an unsigned 32-bit integer.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetUInt32(string key, uint value) => Set(key, ValueEncoder.Scalar(GgufValueType.UInt32, value));

    /// <summary>Sets a signed 32-bit integer.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetInt32(string key, int value) => Set(key, ValueEncoder.Scalar(GgufValueType.Int32, value));

    /// <summary>Sets an unsigned 64-bit integer.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetUInt64(string key, ulong value) => Set(key, ValueEncoder.Scalar(GgufValueType.UInt64, value));

    /// <summary>Sets a signed 64-bit integer.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetInt64(string key, long value) => Set(key, ValueEncoder.Scalar(GgufValueType.Int64, value));

    /// <summary>Sets a 32-bit number.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetFloat32(string key, float value) => Set(key, ValueEncoder.Scalar(GgufValueType.Float32, value));

    /// <summary>Sets a 64-bit number.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetFloat64(string key, double value) => Set(key, ValueEncoder.Scalar(GgufValueType.Float64, value));

    /// <summary>Sets a truth value.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetBoolean(string key, bool value) => Set(key, ValueEncoder.Scalar(GgufValueType.Boolean, value));

    /// <summary>Sets a text.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The key is not usable, or the text is not valid UTF-16.</exception>
    /// <exception cref="InvalidOperationException">The header is written already.</exception>
    public void SetString(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Set(key, ValueEncoder.Text(value));
    }
}
