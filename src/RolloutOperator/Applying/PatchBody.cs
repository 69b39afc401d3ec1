using System.Buffers;
using System.Globalization;
using System.Text.Json;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Applying;

/// <summary>Writes plans as JSON merge patches (RFC 7386): the same plan on the same workload gives the same bytes.</summary>
/// <remarks>What the operator gives up is a JSON patch (RFC 6902), which can reach into a list.</remarks>
internal static class PatchBody
{
    /// <summary>Records the ledger on the workload's own metadata, which restarts nothing.</summary>
    public static byte[] OfLedger(Workload workload, Ledger ledger) => Write(workload, ledger, changeCause: null, template: null);

    /// <summary>Records the ledger, says the cause, and changes the pod template's annotations, all at once.</summary>
    public static byte[] OfRollout(Workload workload, Plan.Roll roll, WorkloadKind kind) =>
        Write(workload, roll.Ledger, roll.ChangeCause, writer => WriteTemplate(writer, roll, kind));

    /// <summary>
    /// Gives up the change-cause annotation, whose value stays. It needs no version as its precondition: the API server looks for the
    /// operator's entry in the very state that it changes, and refuses the patch if another one has taken its place.
    /// </summary>
    /// <remarks>
    /// The ledger's field is added first, though it is usually there. An entry with no field left in <c>f:annotations</c> would own all
    /// annotations: the API server reads it as one of a schema where the map was one value (structured-merge-diff, ReconcileFieldSetWithSchema).
    /// </remarks>
    /// <param name="entry">The operator's entry in managedFields.</param>
    public static byte[] OfDisowning(int entry)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/metadata/managedFields/{entry}/");
            writer.WriteStartArray();
            writer.WriteStartObject();
            writer.WriteString("op"u8, "test"u8);
            writer.WriteString("path"u8, path + "manager");
            writer.WriteString("value"u8, Names.FieldManager);
            writer.WriteEndObject();
            writer.WriteStartObject();
            writer.WriteString("op"u8, "add"u8);
            writer.WriteString("path"u8, path + FieldOf(Names.Ledger));
            writer.WriteStartObject("value"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteStartObject();
            writer.WriteString("op"u8, "remove"u8);
            writer.WriteString("path"u8, path + FieldOf(Names.ChangeCause));
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string FieldOf(string annotation) => "fieldsV1/f:metadata/f:annotations/f:" + annotation.Replace("/", "~1", StringComparison.Ordinal);

    private static byte[] Write(Workload workload, Ledger ledger, string? changeCause, Action<Utf8JsonWriter>? template)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("metadata"u8);

            // The precondition: whoever changed the workload meanwhile, or made a new one of that name, wins.
            writer.WriteString("resourceVersion"u8, workload.Version);
            writer.WriteString("uid"u8, workload.Uid);
            writer.WriteStartObject("annotations"u8);
            writer.WriteString(Names.Ledger, ledger.ToJson());
            if (changeCause is not null)
            {
                writer.WriteString(Names.ChangeCause, changeCause);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
            template?.Invoke(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteTemplate(Utf8JsonWriter writer, Plan.Roll roll, WorkloadKind kind)
    {
        foreach (var step in kind.TemplatePath)
        {
            writer.WriteStartObject(step);
        }

        writer.WriteStartObject("metadata"u8);
        writer.WriteStartObject("annotations"u8);
        writer.WriteString(Names.Checksum, roll.Checksum.ToString());
        writer.WriteString(Names.Rollout, roll.Ledger.Rollout.ToString(CultureInfo.InvariantCulture));
        writer.WriteEndObject();
        writer.WriteEndObject();
        foreach (var _ in kind.TemplatePath)
        {
            writer.WriteEndObject();
        }
    }
}
