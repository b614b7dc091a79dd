# syntax=docker/dockerfile:1
# One image per service, as targets: gateway, ingestion, projections, query, cli.
#   docker build --target gateway --build-arg VERSION=0.1.0 -t crm-kpi-gateway:0.1.0 .

FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
# Restores exactly what the lock files say.
ENV CI=true DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
WORKDIR /src
COPY . .
RUN for project in Gateway Ingestion Projections Query Cli; do \
      dotnet publish services/CrmKpi.$project -c Release -p:UseAppHost=false -o /out/$project || exit 1; \
    done

# "extra": with ICU and the time zones, in whose days tenants reckon. No shell, no package manager.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra AS base
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="CrmKpi" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.licenses="MIT"
# Nothing writes outside /tmp: the root file system may be read-only.
ENV DOTNET_EnableDiagnostics=0 ASPNETCORE_HTTP_PORTS= ASPNETCORE_URLS=http://+:8080
WORKDIR /app
# The user "app" of the base image, as a number: Kubernetes can tell by it that it is not root.
USER 1654

FROM base AS gateway
COPY --from=build /out/Gateway .
EXPOSE 8080 8081 9090
ENTRYPOINT ["dotnet", "CrmKpi.Gateway.dll"]

FROM base AS ingestion
COPY --from=build /out/Ingestion .
EXPOSE 8080 8081 9090
ENTRYPOINT ["dotnet", "CrmKpi.Ingestion.dll"]

FROM base AS projections
COPY --from=build /out/Projections .
EXPOSE 8080 9090
ENTRYPOINT ["dotnet", "CrmKpi.Projections.dll"]

FROM base AS query
COPY --from=build /out/Query .
EXPOSE 8080 8081 9090
ENTRYPOINT ["dotnet", "CrmKpi.Query.dll"]

FROM base AS cli
COPY --from=build /out/Cli .
ENTRYPOINT ["dotnet", "crmkpi.dll"]
