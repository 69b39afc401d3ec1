using System.Text;

namespace RolloutOperator.Kubernetes.Config;

/// <summary>Reads what a field holds as base64, or what the file holds that it names.</summary>
internal static class Inline
{
    private const int MaxLength = 4 << 20;

    public static string? Read(ConfigEntry entry, string field)
    {
        if (entry.Text(field) is not { } text)
        {
            return null;
        }

        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            throw entry.Bad(field, "is not valid base64; encode the PEM file with 'base64 -w0'");
        }
    }

    public static string ReadFile(ConfigEntry entry, string field, string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > MaxLength }
                ? throw entry.Bad(field, $"names {path}, which is longer than {MaxLength >> 20} MiB")
                : File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw entry.Bad(field, $"names {path}, which cannot be read; check that it exists and may be read", e);
        }
    }
}
