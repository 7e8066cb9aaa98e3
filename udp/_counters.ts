/** What a connection and its sessions count; see `UdpStats`. */
export class Counters {
  received = 0;
  bytesReceived = 0;
  sent = 0;
  bytesSent = 0;
  dropped = 0;
  truncated = 0;
  filtered = 0;
}
