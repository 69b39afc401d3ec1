using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace RolloutOperator.Tests.Architecture;

/// <summary>Collects the named types of a signature, however deep they are inside arrays, generics and pointers.</summary>
internal sealed class SignatureTypes(Func<EntityHandle, TypeName> name) : ISignatureTypeProvider<ImmutableArray<TypeName>, object?>
{
    public ImmutableArray<TypeName> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [name(handle)];

    public ImmutableArray<TypeName> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [name(handle)];

    public ImmutableArray<TypeName> GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public ImmutableArray<TypeName> GetGenericInstantiation(ImmutableArray<TypeName> genericType, ImmutableArray<ImmutableArray<TypeName>> typeArguments) =>
        [.. genericType, .. typeArguments.SelectMany(types => types)];

    public ImmutableArray<TypeName> GetFunctionPointerType(MethodSignature<ImmutableArray<TypeName>> signature) => Of(signature);

    public ImmutableArray<TypeName> GetModifiedType(ImmutableArray<TypeName> modifier, ImmutableArray<TypeName> unmodifiedType, bool isRequired) => unmodifiedType;

    public ImmutableArray<TypeName> GetArrayType(ImmutableArray<TypeName> elementType, ArrayShape shape) => elementType;

    public ImmutableArray<TypeName> GetByReferenceType(ImmutableArray<TypeName> elementType) => elementType;

    public ImmutableArray<TypeName> GetPinnedType(ImmutableArray<TypeName> elementType) => elementType;

    public ImmutableArray<TypeName> GetPointerType(ImmutableArray<TypeName> elementType) => elementType;

    public ImmutableArray<TypeName> GetSZArrayType(ImmutableArray<TypeName> elementType) => elementType;

    public ImmutableArray<TypeName> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

    public ImmutableArray<TypeName> GetGenericMethodParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeName> GetGenericTypeParameter(object? genericContext, int index) => [];

    internal static ImmutableArray<TypeName> Of(MethodSignature<ImmutableArray<TypeName>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(types => types)];
}
