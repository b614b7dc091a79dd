using System.Net;
using System.Net.Sockets;

namespace CrmKpi.Postgres.Embedded;

/// <summary>Ports of 127.0.0.1 for servers of our own.</summary>
public static class LoopbackPorts
{
    /// <summary>True when nobody listens on it now.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>One that nobody listens on now.</summary>
    public static int AnyFree()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
