import Foundation
import Storefronts

/// A real server on 127.0.0.1 for the guarded fetch: TLS and plain, with certificates made for this run and answers
/// that are wrong in one way each. It ends with this process, when its standard input closes.
final class FetchServer: Sendable {
  let tls: UInt16, plain: UInt16
  let roots: [UInt8]
  private let process: Process, input: Pipe

  /// Nil, with a line that says so, where `python3` or `openssl` is missing.
  static let shared: FetchServer? = {
    do {
      return try FetchServer()
    } catch {
      print("skipped: guarded fetch against a server (needs python3 and openssl: \(error))")
      return nil
    }
  }()

  private init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "khatm-fetch-\(ProcessInfo.processInfo.processIdentifier)-\(UInt64.random(in: 0...UInt64.max))"
    )
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let script = folder.appending(path: "server.py")
    try Data(Self.python.utf8).write(to: script)
    process = Process()
    input = Pipe()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script.path, folder.path]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    // One line when the ports are open.
    var line: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { line.append(byte) }
    let ports = String(decoding: line, as: UTF8.self).split(separator: " ").compactMap { UInt16($0) }
    guard ports.count == 2 else { throw CocoaError(.fileReadUnknown) }
    tls = ports[0]
    plain = ports[1]
    roots = Array(try Data(contentsOf: folder.appending(path: "ca.pem")))
    try? FileManager.default.removeItem(at: folder)
  }

  private static let python = #"""
    import gzip, os, socket, ssl, subprocess, sys, threading, time
    d = sys.argv[1]
    def run(*a): subprocess.run(a, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    def p(n): return os.path.join(d, n)
    def key(n): run('openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', p(n + '.key'))
    key('ca'); run('openssl', 'req', '-x509', '-new', '-key', p('ca.key'), '-subj', '/CN=Fetch test root', '-days', '2', '-out', p('ca.pem'))
    def leaf(n, names, days):
        key(n); run('openssl', 'req', '-new', '-key', p(n + '.key'), '-subj', '/CN=' + names[0], '-out', p(n + '.csr'))
        open(p(n + '.ext'), 'w').write('subjectAltName=' + ','.join('DNS:' + x for x in names))
        run('openssl', 'x509', '-req', '-in', p(n + '.csr'), '-CA', p('ca.pem'), '-CAkey', p('ca.key'), '-CAcreateserial', '-days', str(days), '-extfile', p(n + '.ext'), '-out', p(n + '.pem'))
    leaf('good', ['shop.example', 'other.example', '*.shop.example'], 2)
    leaf('expired', ['expired.example'], -1)
    leaf('wrong', ['somebody-else.example'], 2)
    key('self'); run('openssl', 'req', '-x509', '-new', '-key', p('self.key'), '-subj', '/CN=self.example', '-addext', 'subjectAltName=DNS:self.example', '-days', '2', '-out', p('self.pem'))
    ctx = {}
    for n in ('good', 'expired', 'wrong', 'self'):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(p(n + '.pem'), p(n + '.key')); ctx[n] = c
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); old.load_cert_chain(p('good.pem'), p('good.key'))
    def choose(s, name, _):
        s.context = ctx.get((name or '').split('.')[0], ctx['good'])
    ctx['good'].sni_callback = choose

    PAGE = b'<!doctype html><title>shop</title><a href="https://khatm.example/c/7Q2M4XW9K3PDT5HBPA">x</a>'
    def answer(c, status, headers, body, close=True):
        c.sendall(('HTTP/1.1 %s\r\n' % status + ''.join('%s: %s\r\n' % h for h in headers) + ('Connection: close\r\n' if close else '') + '\r\n').encode('latin-1') + body)
    H = ('Content-Type', 'text/html; charset=utf-8')
    def serve(c, plain):
        try:
            c.settimeout(20)
            data = b''
            while b'\r\n\r\n' not in data:
                x = c.recv(4096)
                if not x: return
                data += x
            lines = data.decode('latin-1').split('\r\n'); path = lines[0].split(' ')[1]
            q = path.split('?', 1)[1] if '?' in path else ''; name = path.split('?')[0]
            if name == '/page': answer(c, '200 OK', [H, ('Content-Length', len(PAGE))], PAGE)
            elif name == '/echo': answer(c, '200 OK', [H], data)
            elif name == '/to': answer(c, '302 Found', [H, ('Location', bytes.fromhex(q).decode('latin-1'))], b'moved')
            elif name.startswith('/tox'): answer(c, name[4:] + ' Moved', [H, ('Location', bytes.fromhex(q).decode('latin-1'))], b'moved')
            elif name == '/status': answer(c, q + ' X', [H, ('Location', '/page')], PAGE)
            elif name == '/loop': answer(c, '301 Moved', [('Location', '/loop?' + q + 'x')], b'')
            elif name == '/hops':
                n = int(q); answer(c, '307 T', [('Location', '/hops?%d' % (n - 1) if n else '/page')], b'')
            elif name == '/twolocations': answer(c, '302 Found', [('Location', '/page'), ('Location', '/echo')], b'')
            elif name == '/nolocation': answer(c, '302 Found', [H], PAGE)
            elif name == '/refresh': answer(c, '200 OK', [H, ('Refresh', '0; url=https://evil.example/'), ('Alt-Svc', 'h2="evil.example:443"')], PAGE)
            elif name == '/type': answer(c, '200 OK', [('Content-Type', bytes.fromhex(q).decode('latin-1'))] if q else [], PAGE)
            elif name == '/gzip': answer(c, '200 OK', [H, ('Content-Encoding', 'gzip')], gzip.compress(PAGE))
            elif name == '/bomb': answer(c, '200 OK', [H, ('Content-Encoding', 'gzip')], gzip.compress(b'a' * (9 << 20)))
            elif name == '/fits': answer(c, '200 OK', [H, ('Content-Encoding', 'gzip')], gzip.compress(b'a' * (8 << 20)))
            elif name == '/cutgzip': answer(c, '200 OK', [H, ('Content-Encoding', 'gzip')], gzip.compress(PAGE)[:-4])
            elif name == '/twogzip': answer(c, '200 OK', [H, ('Content-Encoding', 'gzip')], gzip.compress(PAGE) + gzip.compress(PAGE))
            elif name == '/stacked': answer(c, '200 OK', [H, ('Content-Encoding', 'gzip, gzip')], gzip.compress(gzip.compress(PAGE)))
            elif name == '/brotli': answer(c, '200 OK', [H, ('Content-Encoding', 'br')], PAGE)
            elif name == '/notgzip': answer(c, '200 OK', [H, ('Content-Encoding', 'gzip')], PAGE)
            elif name == '/big': answer(c, '200 OK', [H], b'a' * (2 << 20))
            elif name == '/toobig': answer(c, '200 OK', [H], b'a' * ((2 << 20) + 1))
            elif name == '/endless':
                answer(c, '200 OK', [H], b'')
                while True: c.sendall(b'a' * 65536)
            elif name == '/shortlength': answer(c, '200 OK', [H, ('Content-Length', 10)], b'0123456789' + b'x' * 500000)
            elif name == '/longlength': answer(c, '200 OK', [H, ('Content-Length', 100000)], b'0123456789')
            elif name == '/headers': answer(c, '200 OK', [H] + [('X-%d' % i, 'y' * 1000) for i in range(40)], PAGE)
            elif name == '/interim':
                for i in range(int(q)): c.sendall(b'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')
                answer(c, '200 OK', [H], PAGE)
            elif name == '/slow':
                answer(c, '200 OK', [H], b'<p>')
                for i in range(60): time.sleep(0.1); c.sendall(b'.')
            elif name == '/silent': time.sleep(15)
            elif name == '/nohttp': c.sendall(b'SSH-2.0-OpenSSH_9.2\r\n')
            elif name == '/review': answer(c, '200 OK', [H], b'<a rel="ugc nofollow" href="https://khatm.example/c/7Q2M4XW9K3PDT5HBPA">x</a>')
            elif name == '/.well-known/trust-credentials.json':
                host = [l.split(':')[1].strip() for l in lines if l.lower().startswith('host:')][0]
                if host.startswith('moved.'): answer(c, '302 Found', [('Location', 'https://other.example/')], b'')
                elif host.startswith('broken.'): answer(c, '503 Busy', [], b'')
                elif host.startswith('gone.'): answer(c, '404 Not Found', [], b'')
                else: answer(c, '200 OK', [('Content-Type', 'application/json')], b'{"v":1,"credentials":["https://khatm.example/c/7Q2M4XW9K3PDT5HBPA"],"proof":"k1-abcdefghjkmnpqrs"}')
            elif name == '/cookie': answer(c, '302 Found', [('Set-Cookie', 'a=b; Path=/'), ('Location', '/echo')], b'')
            elif name == '/challenge': answer(c, '200 OK', [H, ('cf-mitigated', 'challenge')], PAGE)
            elif name == '/chunked': answer(c, '200 OK', [H, ('Transfer-Encoding', 'chunked')], b'5\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n')
            else: answer(c, '404 Not Found', [H], b'no')
        except Exception: pass
        finally:
            try: c.close()
            except Exception: pass
    def accept(s, context):
        while True:
            c, _ = s.accept()
            def go(c=c):
                try:
                    c.settimeout(20)
                    serve(context.wrap_socket(c, server_side=True) if context else c, context is None)
                except Exception: c.close()
            threading.Thread(target=go, daemon=True).start()
    def listen():
        s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(64); return s
    a, b = listen(), listen()
    threading.Thread(target=accept, args=(a, ctx['good']), daemon=True).start()
    threading.Thread(target=accept, args=(b, None), daemon=True).start()
    print(a.getsockname()[1], b.getsockname()[1], flush=True)
    sys.stdin.read()
    """#
}
