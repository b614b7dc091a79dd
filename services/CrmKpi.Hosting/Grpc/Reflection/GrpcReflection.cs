using Google.Protobuf.Reflection;
using Grpc.Reflection.V1;
using Microsoft.AspNetCore.Builder;

namespace CrmKpi.Hosting.Grpc.Reflection;

/// <summary>
/// <c>grpc.reflection.v1.ServerReflection</c>: the public contract for tools such as grpcurl. Open to anybody, as the
/// <c>.proto</c> files are.
/// </summary>
public static class GrpcReflectionExtensions
{
    /// <summary>Maps it for the services mapped here.</summary>
    /// <param name="app">Where to.</param>
    /// <param name="more">Services that are reached through here but mapped elsewhere.</param>
    public static void MapGrpcReflection(this WebApplication app, params IReadOnlyList<ServiceDescriptor> more)
    {
        var contract = new Lazy<Contract>(() => new Contract([.. Health.GrpcHealthExtensions.MappedServices(app), .. more]));
        app.MapGrpcService(ReflectionReflection.Descriptor.Services[0], service => service
                .Duplex<ServerReflectionRequest, ServerReflectionResponse>("ServerReflectionInfo",
                    async (requests, responses, call) =>
                    {
                        await foreach (var request in requests.WithCancellation(call.CancellationToken))
                            await responses.WriteAsync(contract.Value.Answer(request));
                    }))
            .AllowAnonymous();
    }
}

/// <summary>The files of the services, found by name and by symbol.</summary>
internal sealed class Contract
{
    private readonly IReadOnlyList<string> _services;
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);

    public Contract(IReadOnlyList<ServiceDescriptor> services)
    {
        _services = [.. services.Select(s => s.FullName).Distinct().Order(StringComparer.Ordinal)];
        foreach (var service in services)
            Add(service.File);
    }

    public ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse
                {
                    Service = { _services.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                Found(response, _files.GetValueOrDefault(request.FileByFilename), "file");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                Found(response, _symbols.GetValueOrDefault(request.FileContainingSymbol), "symbol");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType
                when _symbols.ContainsKey(request.AllExtensionNumbersOfType):
                response.AllExtensionNumbersResponse = new ExtensionNumberResponse
                {
                    BaseTypeName = request.AllExtensionNumbersOfType,
                };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.None:
                response.ErrorResponse = Error(StatusCode.InvalidArgument, "The request asks for nothing.");
                break;
            default:
                // There are no extensions in the contract.
                Found(response, null, "extension or type");
                break;
        }
        return response;
    }

    private static void Found(ServerReflectionResponse response, FileDescriptor? file, string what)
    {
        if (file is null)
            response.ErrorResponse = Error(StatusCode.NotFound, $"There is no such {what}.");
        else
            response.FileDescriptorResponse = new FileDescriptorResponse
            {
                FileDescriptorProto = { WithImports(file).Select(f => f.SerializedData) },
            };
    }

    private static IEnumerable<FileDescriptor> WithImports(FileDescriptor file) =>
        file.Dependencies.SelectMany(WithImports).Prepend(file).Distinct();

    private static ErrorResponse Error(StatusCode code, string message) =>
        new() { ErrorCode = (int)code, ErrorMessage = message };

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
            return;
        foreach (var import in file.Dependencies)
            Add(import);
        foreach (var service in file.Services)
        {
            _symbols[service.FullName] = file;
            foreach (var method in service.Methods)
                _symbols[method.FullName] = file;
        }
        foreach (var message in file.MessageTypes)
            Add(message);
        foreach (var type in file.EnumTypes)
            Add(type);
    }

    private void Add(MessageDescriptor message)
    {
        _symbols[message.FullName] = message.File;
        foreach (var field in message.Fields.InDeclarationOrder())
            _symbols[field.FullName] = message.File;
        foreach (var nested in message.NestedTypes)
            Add(nested);
        foreach (var type in message.EnumTypes)
            Add(type);
    }

    private void Add(EnumDescriptor type)
    {
        _symbols[type.FullName] = type.File;
        foreach (var value in type.Values)
            _symbols[value.FullName] = type.File;
    }
}
