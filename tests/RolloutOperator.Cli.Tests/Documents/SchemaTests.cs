using System.Text.Encodings.Web;
using System.Text.Json;
using RolloutOperator.Cli.Commands;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Tests.Documents;

/// <summary>docs/reference/schemas has the schema of what each command prints with <c>-o json</c>.</summary>
public class SchemaTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, Type> ReportOf = new(StringComparer.Ordinal)
    {
        ["adopt"] = typeof(AnnotationReport),
        ["approve"] = typeof(AnnotationReport),
        ["checksum"] = typeof(ChecksumReport),
        ["doctor"] = typeof(DoctorReport),
        ["explain"] = typeof(Explanation),
        ["graph"] = typeof(GraphReport),
        ["history"] = typeof(HistoryReport),
        ["pause"] = typeof(AnnotationReport),
        ["plan"] = typeof(PlanReport),
        ["rbac"] = typeof(RbacList),
        ["resume"] = typeof(AnnotationReport),
        ["status"] = typeof(StatusReport),
        ["version"] = typeof(VersionReport),
    };

    [Fact]
    public void The_schemas_are_those_of_the_reports()
    {
        foreach (var (command, report) in ReportOf)
        {
            GeneratedPart.IsWritten(CommandReferenceTests.SchemaOf(command), ReportSchema.Of(report, $"kubectl rollout-operator {command} -o json").ToJsonString(Indented) + "\n");
        }
    }

    [Fact]
    public void Every_command_with_JSON_has_a_schema() => Assert.Equal(
        CommandLine.Build().Subcommands.Where(CommandReferenceTests.HasJson).Select(command => command.Name).Order(StringComparer.Ordinal), ReportOf.Keys.Order(StringComparer.Ordinal));
}
