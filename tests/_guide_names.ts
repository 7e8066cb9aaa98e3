// What the source documents name, and what else people of each platform look
// up: the first columns of the guides have to have all of it.

function all(prefix: string, names: string): string[] {
  return names.trim().split(/\s+/).map((name) => `${prefix}${name}`);
}

function events(owner: string, names: string): string[] {
  return names.trim().split(/\s+/).map((name) => `${owner}on('${name}')`);
}

/** Node's `net` and `dgram`. */
export const FROM_NODE: readonly string[] = [
  // Named by the documents.
  ...all("net.", "createServer() createConnection() connect() Server Socket"),
  "connectionListener",
  "connectListener",
  "new net.Socket()",
  ...all("options.", "allowHalfOpen pauseOnConnect port host path fd type"),
  ...all(
    "server.",
    `listen() listen(port) listen(host) listen(backlog) listen(callback)
     listen(path) address() maxConnections getConnections() close() unref()
     ref()`,
  ),
  ...events("server.", "close connection error listening"),
  ...all(
    "socket.",
    `pause() resume() pipe() write() bufferSize setTimeout() setEncoding()
     end() setKeepAlive() setNoDelay() address() destroy() connect()
     localAddress localPort remoteAddress remotePort remoteFamily bytesRead
     bytesWritten`,
  ),
  ...events(
    "socket.",
    "data close connect error end drain lookup ready timeout",
  ),
  "dgram.createSocket()",
  "msg",
  ...all("rinfo.", "address family port size"),
  ...events("socket.", "listening message"),
  ...all(
    "socket.",
    `bind() send() setBroadcast() addMembership() setMulticastTTL()
     setMulticastLoopback()`,
  ),
  ...all("Buffer.", "from() alloc()"),
  "fs.createReadStream()",
  // The rest of the two modules.
  ...all("net.", "SocketAddress BlockList isIP() isIPv4() isIPv6()"),
  ...all(
    "options.",
    `noDelay keepAlive keepAliveInitialDelay highWaterMark blockList family
     localAddress localPort lookup hints autoSelectFamily
     autoSelectFamilyAttemptTimeout onread signal exclusive reusePort ipv6Only
     readableAll writableAll reuseAddr recvBufferSize sendBufferSize
     receiveBlockList sendBlockList`,
  ),
  ...all("server.", "listening listen(handle) dropMaxConnection"),
  ...events("server.", "drop"),
  ...all(
    "socket.",
    `destroySoon() resetAndDestroy() connecting pending destroyed readyState
     timeout localFamily ref() unref() cork() uncork() read() writableLength
     autoSelectFamilyAttemptedAddresses disconnect() close() remoteAddress()
     dropMembership() addSourceSpecificMembership()
     dropSourceSpecificMembership() setMulticastInterface() setTTL()
     getRecvBufferSize() setRecvBufferSize() getSendBufferSize()
     setSendBufferSize() getSendQueueSize() getSendQueueCount()`,
  ),
];

/** Luvit's `net`. */
export const FROM_LUVIT: readonly string[] = [
  "require('net')",
  ...all("net.", "createServer() connect() createConnection() Socket:new()"),
  ...all("options.", "port host fd type allowHalfOpen"),
  "EADDRINUSE",
  ...all("server:", "listen() close() address() getConnections()"),
  ...events("server:", "listening connection close error"),
  ...all(
    "socket:",
    `connect() write() pipe() end() destroy() pause() resume() setTimeout()
     setNoDelay() setKeepAlive() address()`,
  ),
  ...all(
    "socket.",
    `bufferSize remoteAddress remotePort localAddress localPort bytesRead
     bytesWritten`,
  ),
  ...events("socket:", "lookup connect data end timeout drain error close"),
  "setTimeout()",
];

/** V's `net`, `net.websocket`, `net.unix`, `net.ssl` and `io`. */
export const FROM_V: readonly string[] = [
  // Named by the document.
  "net.dial_tcp()",
  "net.listen_tcp()",
  "net.dial_udp()",
  "net.listen_udp()",
  "net.infinite_timeout",
  ...all("TcpConn.", "sock write_deadline read_deadline read_timeout"),
  ...all(
    "TcpConn.",
    "write_timeout write_str() read() set_read_timeout() set_write_timeout() close()",
  ),
  "TcpSocket.handle",
  ...all(
    "TcpListener.",
    "sock accept_timeout accept_deadline accept() close()",
  ),
  ...all("UdpConn.", "sock write_deadline read_deadline read_timeout"),
  ...all(
    "UdpConn.",
    `write_timeout set_read_timeout() set_write_timeout() read() write_to()
     write_str() close()`,
  ),
  ...all("UdpSocket.", "handle l r"),
  ...all("io.", "Reader Writer read_all()"),
  "websocket.new_client()",
  ...all(
    "Client.",
    `is_server ssl_conn flags fragments logger message_callbacks
     error_callbacks open_callbacks close_callbacks is_ssl uri id conn
     nonce_size panic_on_callback state resource_name last_pong_ut on_open()
     on_error() on_message() on_close() connect() listen() write() write_str()
     pong()`,
  ),
  "websocket.new_server()",
  ...all(
    "Server.",
    `clients logger ls accept_client_callbacks message_callbacks
     close_callbacks port is_ssl ping_interval state on_connect() on_message()
     on_close() listen()`,
  ),
  ...all("ServerClient.", "resource_name client_key server client"),
  ...all("Message.", "opcode payload"),
  "OPCode.text_frame",
  ...all("net.", "TcpConn TcpListener UdpConn"),
  ...all("websocket.", "Client Server ServerClient"),
  ...all("", "MessageEventHandler ErrorEventHandler OpenEventHandler"),
  ...all("", "CloseEventHandler AcceptClientFn"),
  ...all("time.", "Duration Time"),
  "or",
  "panic()",
  "bytestr()",
  "bytes()",
  "time.second",
  "defer",
  "go",
  // The rest, by V 0.5.
  ...all(
    "net.",
    `no_timeout tcp_default_read_timeout udp_default_read_timeout
     dial_tcp_with_bind() shutdown() split_address() validate_port()
     resolve_addrs() resolve_addrs_fuzzy() canonical_ipv6() new_ip() new_ip6()
     Addr AddrFamily Dialer Connection TCPDialer default_tcp_dialer() RawConn
     err_timed_out err_connection_refused err_no_udp_remote
     err_port_out_of_range`,
  ),
  "io.Eof",
  ...all("ListenOptions.", "dualstack backlog"),
  ...all(
    "TcpListener.",
    `accept_only() wait_for_accept() set_accept_timeout()
     set_accept_deadline() addr()`,
  ),
  ...all(
    "TcpConn.",
    `read_ptr() write() write_ptr() write_string() last_write_sent read_line()
     read_line_max() set_read_deadline() set_write_deadline() wait_for_read()
     wait_for_write() set_blocking() get_blocking() set_sock() addr()
     peer_addr() peer_ip() str()`,
  ),
  "TcpSocket.set_option_bool()",
  ...all(
    "UdpConn.",
    `write() write_string() write_to_string() join_multicast_group()
     leave_multicast_group() set_multicast_ttl() set_multicast_loop()
     set_multicast_interface()`,
  ),
  "UdpSocket.set_option_bool()",
  ...all("unix.", "connect_stream() listen_stream() StreamConn StreamListener"),
  "StreamListener.unlink()",
  "StreamListener.unlink_on_signal()",
  ...all("ssl.", "new_ssl_conn() new_ssl_listener()"),
  ...all("SSLConn.", "dial() connect() negotiated_alpn()"),
  "SSLConnectConfig.validate",
  ...all("websocket.", "State OPCode Message"),
  ...all("ClientOpt.", "read_timeout write_timeout logger proxy_url"),
  ...all(
    "Client.",
    `write_string() write_ptr() ping() close() get_state() set_state()
     reset_state() header on_message_ref()`,
  ),
  ...all(
    "Server.",
    `set_ping_interval() get_ping_interval() on_attached() server_state
     handle_handshake() free()`,
  ),
  ...all(
    "io.",
    `read_any() cp() new_buffered_reader() new_buffered_writer()
     new_multi_writer() make_readerwriter()`,
  ),
  ...all(
    "BufferedReader.",
    "read() read_line() end_of_stream() total_read",
  ),
  "conv",
];

/** Go's `net`, and what goes with it. */
export const FROM_GO: readonly string[] = [
  // Named by the document.
  "net.Dial()",
  "net.Listen()",
  "listener.Accept()",
  ...all("conn.", "Read() Write() Close() RemoteAddr()"),
  "net.TCPConn",
  "net.TCPAddr",
  ...all("TCPAddr.", "IP Port"),
  "net.ResolveTCPAddr()",
  "io.Copy()",
  "io.Reader",
  "io.Writer",
  ...all("os.", "Stdin Stdout"),
  "bufio.NewScanner()",
  ...all("scanner.", "Scan() Text() Err()"),
  "fmt.Fprintln()",
  "go",
  "chan",
  "select",
  "defer",
  ...all("net.", "Conn Listener UDPConn"),
  "close()",
  "panic()",
  "log.Println()",
  "strconv.Itoa()",
  "log.Fatal()",
  // What users of net look up.
  ...all("conn.", "LocalAddr() SetDeadline() SetReadDeadline()"),
  ...all(
    "conn.",
    `SetWriteDeadline() CloseRead() CloseWrite() File() ReadFrom() WriteTo()
     SetKeepAlive() SetKeepAliveConfig() SetKeepAlivePeriod() SetLinger()
     SetNoDelay() SetReadBuffer() SetWriteBuffer() SyscallConn()`,
  ),
  ...all("listener.", "Close() Addr() SetDeadline() File()"),
  ...all(
    "Dialer.",
    `Timeout Deadline LocalAddr FallbackDelay KeepAlive Control Resolver
     DialContext()`,
  ),
  ...all("ListenConfig.", "Control KeepAlive Listen()"),
  ...all(
    "net.",
    `DialTimeout() DialTCP() DialUDP() DialUnix() ListenTCP() ListenUDP()
     ListenPacket() ListenUnix() ListenMulticastUDP() ResolveUDPAddr()
     LookupHost() ParseIP() SplitHostPort() JoinHostPort() Pipe() Buffers
     Error ErrClosed OpError DNSError`,
  ),
  ...all(
    "udp.",
    `ReadFrom() ReadFromUDP() ReadMsgUDP() WriteTo() WriteToUDP()
     WriteMsgUDP() Read() Write()`,
  ),
  ...all("io.", "EOF ReadAll() ReadFull() LimitReader() ErrUnexpectedEOF"),
  ...all("bufio.", "NewReader() NewWriter() ErrTooLong"),
  ...all("tls.", "Dial() Listen() Client() Server()"),
  "os.ErrDeadlineExceeded",
  "context.Context",
];

/** Deno's own. */
export const FROM_DENO: readonly string[] = [
  ...all(
    "Deno.",
    `connect() connectTls() startTls() listen() listenTls() listenDatagram()
     upgradeWebSocket() serve() resolveDns() TcpConn TlsConn UnixConn Listener
     DatagramConn NetAddr errors connectQuic()`,
  ),
  ...all(
    "ConnectOptions.",
    "port hostname transport signal autoSelectFamily autoSelectFamilyAttemptDelay",
  ),
  ...all(
    "ConnectTlsOptions.",
    "caCerts cert key alpnProtocols unsafelyDisableHostnameVerification",
  ),
  ...all("ListenOptions.", "port hostname reusePort tcpBacklog"),
  ...all("ListenTlsOptions.", "cert key alpnProtocols"),
  ...all(
    "Conn.",
    `read() write() close() closeWrite() localAddr remoteAddr readable
     writable ref() unref() [Symbol.dispose]()`,
  ),
  ...all("TcpConn.", "setNoDelay() setKeepAlive()"),
  "TlsConn.handshake()",
  ...all(
    "Listener.",
    `accept() addr close() ref() unref() [Symbol.asyncIterator]()
     [Symbol.dispose]()`,
  ),
  ...all(
    "DatagramConn.",
    `receive() send() addr close() joinMulticastV4() joinMulticastV6()
     [Symbol.asyncIterator]()`,
  ),
  ...all("MulticastV4Membership.", "leave() setTTL() setLoopback()"),
  ...all("UpgradeWebSocketOptions.", "protocol idleTimeout socket head"),
  "WebSocket",
  ...all(
    "WebSocket.",
    `onopen onmessage onerror onclose send() close() readyState bufferedAmount
     binaryType protocol extensions url`,
  ),
  "WebSocketStream",
  ...all("WebSocketStream.", "opened closed close() url"),
  "WebSocketError",
];

/** `ws`, a package of npm. */
export const FROM_WS: readonly string[] = [
  "new WebSocketServer()",
  "new WebSocket()",
  "createWebSocketStream()",
  ...all(
    "options.",
    `host port backlog server noServer path verifyClient handleProtocols perMessageDeflate clientTracking maxPayload maxFragments maxBufferedChunks maxPendingAutoPongs skipUTF8Validation autoPong allowSynchronousEvents closeTimeout WebSocket binary fin compress handshakeTimeout followRedirects maxRedirects origin headers protocolVersion generateMask agent ca cert rejectUnauthorized`,
  ),
  ...all("wss.", `clients address() close() handleUpgrade() shouldHandle()`),
  ...all(
    "ws.",
    `send() ping() pong() close() terminate() pause() resume() isPaused readyState bufferedAmount binaryType extensions protocol url addEventListener() removeEventListener() onopen onmessage onerror onclose`,
  ),
  ...all(
    "perMessageDeflate.",
    `threshold serverNoContextTakeover clientNoContextTakeover serverMaxWindowBits clientMaxWindowBits`,
  ),
  ...events("wss.", "connection close error listening headers wsClientError"),
  ...events(
    "ws.",
    "open message close error ping pong unexpected-response redirect upgrade",
  ),
];

/** socket.io, server and client. */
export const FROM_SOCKET_IO: readonly string[] = [
  "new Server()",
  "io()",
  "reconnection",
  "reconnectionAttempts",
  "reconnectionDelay",
  "reconnectionDelayMax",
  "randomizationFactor",
  "timeout",
  "auth",
  "query",
  "extraHeaders",
  "autoConnect",
  "retries",
  "forceNew",
  "multiplex",
  ...all(
    "io.",
    `use() emit() to() in() except() of() sockets fetchSockets() socketsJoin() socketsLeave() disconnectSockets() serverSideEmit() adapter() close()`,
  ),
  ...all(
    "options.",
    `path cors pingInterval pingTimeout maxHttpBufferSize connectTimeout perMessageDeflate transports connectionStateRecovery parser`,
  ),
  ...all(
    "socket.",
    `id handshake data emit() emitWithAck() timeout() on() broadcast to() join() leave() rooms volatile compress() disconnect() conn connect() connected active`,
  ),
  ...events("io.", "connection"),
  ...events("socket.", "disconnect disconnecting error connect connect_error"),
  ...events("manager.", "reconnect reconnect_attempt reconnect_failed"),
];

/** Bun's own. */
export const FROM_BUN: readonly string[] = [
  ...all("Bun.", `serve() listen() connect() udpSocket()`),
  ...all(
    "server.",
    `upgrade() publish() subscriberCount() requestIP() stop() pendingWebSockets port ref() unref()`,
  ),
  ...all(
    "websocket.",
    `open message close drain error ping pong data maxPayloadLength backpressureLimit closeOnBackpressureLimit idleTimeout sendPings perMessageDeflate publishToSelf`,
  ),
  "new WebSocket()",
  ...all(
    "ws.",
    `send() sendText() sendBinary() ping() pong() close() terminate() subscribe() unsubscribe() isSubscribed() subscriptions publish() publishText() publishBinary() cork() data readyState remoteAddress binaryType getBufferedAmount()`,
  ),
  ...all(
    "socket.",
    `open data drain close end error connectError timeout write() end() terminate() flush() timeout() setNoDelay() setKeepAlive() upgradeTLS() remoteAddress reload()`,
  ),
  "listener.stop()",
  ...all("udp.", `data drain send() sendMany() port close()`),
];
