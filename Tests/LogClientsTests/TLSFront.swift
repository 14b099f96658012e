import Foundation

/// TLS in front of a plain server on this machine, as a web server stands in front of a verify service. It ends when
/// its standard input closes.
final class TLSFront {
  let port: UInt16, roots: [UInt8]
  private let process = Process(), input = Pipe()

  /// Throws where `python3` or `openssl` is missing.
  init(host: String, to plain: UInt16) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-front-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // read by the program before its first line
    try Data(Self.python.utf8).write(to: folder.appending(path: "front.py"))
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", folder.appending(path: "front.py").path, folder.path, host, "\(plain)"]
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    var line: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { line.append(byte) }
    guard let port = UInt16(String(decoding: line, as: UTF8.self)) else { throw CocoaError(.fileReadUnknown) }
    self.port = port
    roots = Array(try Data(contentsOf: folder.appending(path: "ca.pem")))
  }

  private static let python = #"""
    import os, socket, ssl, subprocess, sys, threading
    d, host, plain = sys.argv[1], sys.argv[2], int(sys.argv[3])
    p = lambda n: os.path.join(d, n)
    run = lambda *a: subprocess.run(a, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    key = lambda n: run('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', p(n))
    key('ca.key'); run('openssl', 'req', '-x509', '-new', '-key', p('ca.key'), '-subj', '/CN=Front test root', '-days', '2', '-out', p('ca.pem'))
    key('leaf.key'); run('openssl', 'req', '-new', '-key', p('leaf.key'), '-subj', '/CN=' + host, '-out', p('leaf.csr'))
    open(p('ext'), 'w').write('subjectAltName=DNS:' + host)
    run('openssl', 'x509', '-req', '-in', p('leaf.csr'), '-CA', p('ca.pem'), '-CAkey', p('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', p('ext'), '-out', p('leaf.pem'))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(p('leaf.pem'), p('leaf.key'))
    listener = socket.create_server(('127.0.0.1', 0))
    def serve(raw):
        try:
            with context.wrap_socket(raw, server_side=True) as client, socket.create_connection(('127.0.0.1', plain)) as server:
                request = b''
                while not request.endswith(b'\r\n\r\n'):
                    piece = client.recv(65536)
                    if not piece: return
                    request += piece
                server.sendall(request)
                while True:
                    piece = server.recv(65536)
                    if not piece: break
                    client.sendall(piece)
        except OSError: pass
    def accept():
        while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    """#
}
