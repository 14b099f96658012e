import ArgumentParser
import Encodings
import Foundation
import Hummingbird
import HummingbirdCore
import LogClients
import Logging
import NIOCore
import PKI
import Repository
import ServiceLifecycle
import Support
import UnixSignals
import Verification

/// The program: reads the command line, and says why it ends.
@main struct Main {
  static func main() async {
    do {
      var command = try Khatmd.parseAsRoot()
      if let command = command as? Khatmd { try await command.serve() } else { try command.run() }
    } catch let refusal as StartFailure {
      StandardIO.say("khatmd: \(refusal.message)\nhint: \(refusal.hint)\n", to: 2)
      exit(2)
    } catch {
      let text = Khatmd.fullMessage(for: error)
      let code = Khatmd.exitCode(for: error)
      if !text.isEmpty { StandardIO.say(text + "\n", to: code == .success ? 1 : 2) }
      exit(code == .success ? 0 : code == .validationFailure ? 2 : 5)
    }
  }
}

/// Why the service does not start. Nothing heals by waiting, so it says what to do.
struct StartFailure: Error { let message: String, hint: String }

/// The one command.
struct Khatmd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "khatmd",
    abstract: "Answers questions about badges and certificates from a copy of public/.",
    discussion: """
      It holds no issuing key and cannot open the register: everything it says rests on signatures in the folder, \
      checked under the trust anchor. \
      It speaks plain HTTP; put it behind the TLS of a web server.

      Example: khatmd --public /srv/khatm/public --listen 127.0.0.1:8080 --anchor /etc/khatm/root.pem
      """
  )

  @Option(name: .customLong("public"), help: ArgumentHelp("The published folder, or a copy of it.", valueName: "DIR"))
  var folder: String

  @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "HOST:PORT"))
  var listen = "127.0.0.1:8080"

  @Option(help: ArgumentHelp("Root certificate (PEM) to trust, instead of the one in the folder.", valueName: "FILE"))
  var anchor: String?

  @Option(
    name: .customLong("host"),
    help: ArgumentHelp("A name under which this service may be asked; repeatable.", valueName: "NAME")
  )
  var hosts: [String] = []

  @Option(help: ArgumentHelp("Requests a second from one address; 0: no limit.", valueName: "N"))
  var rate = 100

  @Flag(help: "The client's address is the last one in X-Forwarded-For, written by a proxy of yours.")
  var behindProxy = false

  @Option(help: ArgumentHelp("Connections at once.", valueName: "N"))
  var maxConnections = 1_024

  @Option(help: ArgumentHelp("A telephone number for people, shown on every page.", valueName: "TEXT"))
  var telephone: String?

  @Option(
    help: ArgumentHelp("Key that signs answers (PEM, encrypted), made with `khatm receipt keygen`.", valueName: "FILE")
  )
  var answerKey: String?

  @Option(help: ArgumentHelp("File whose first line is the passphrase of the answer key.", valueName: "FILE"))
  var answerKeyPassphraseFile: String?

  @Flag(inversion: .prefixedNo, help: "Read pages for those who ask what stands on one.")
  var readPages = true

  @Option(
    help: ArgumentHelp(
      "Folder for reports of misuse; `khatm misuse` reads it. Without it no reports are taken.",
      valueName: "DIR"
    )
  )
  var misuse: String?

  @Flag(help: "Serve /metrics in the Prometheus text format.")
  var metrics = false

  func serve() async throws {
    signal(SIGPIPE, SIG_IGN)
    do throws(PKIStartup.Failure) { try PKIStartup.check() } catch {
      throw StartFailure(message: error.description, hint: "install OpenSSL 3.0 or newer")
    }
    let (service, address) = try configured()
    var log = Logger(label: "khatmd", factory: { StreamLogHandler.standardError(label: $0) })
    log.logLevel = .error
    let application = makeApplication(service, address: address, log: log) { port in
      let name = address.host.utf8.contains(UInt8(ascii: ":")) ? "[\(address.host)]" : address.host
      StandardIO.say("khatmd: listening on http://\(name):\(port) (public: \(folder))\n", to: 1)
    }
    var group = ServiceGroupConfiguration(
      services: [application],
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: log
    )
    group.maximumGracefulShutdownDuration = .seconds(20)
    group.maximumCancellationDuration = .seconds(5)
    do {
      try await withTaskExecutorPreference(LoopExecutor()) { try await ServiceGroup(configuration: group).run() }
    } catch let error as IOError {
      throw StartFailure(
        message: "cannot listen on \(listen): \(String(cString: strerror(error.errnoCode)))",
        hint: "choose another address or port with --listen"
      )
    }
  }

  /// Everything that can be wrong is found here, before the first connection.
  func configured() throws(StartFailure) -> (Service, ListenAddress) {
    guard let address = ListenAddress(listen) else {
      throw StartFailure(
        message: "\(listen) is not an address to listen on",
        hint: "give a numeric address and a port, such as 127.0.0.1:8080 or [::1]:8080"
      )
    }
    guard (0...1_000_000).contains(rate) else {
      throw StartFailure(message: "--rate \(rate) makes no sense", hint: "give requests a second, or 0 for no limit")
    }
    guard (1...1_000_000).contains(maxConnections) else {
      throw StartFailure(
        message: "--max-connections \(maxConnections) makes no sense",
        hint: "give a number such as 1024"
      )
    }
    var pinned: [UInt8]?
    if let anchor {
      guard let bytes = FileManager.default.contents(atPath: anchor), bytes.count <= 1 << 16 else {
        throw StartFailure(
          message: "the anchor \(anchor) cannot be read",
          hint: "give the root certificate (PEM) that the authority published on another way"
        )
      }
      pinned = Array(bytes)
    }
    let opened: PublishedRepository
    do throws(OpenFailure) {
      opened = try PublishedRepository(path: folder, anchor: pinned, recheck: .atMostEvery(clock: Clock.ticks))
    } catch {
      throw StartFailure(message: error.description, hint: error.hint)
    }
    if case .failure(let problem) = opened.trust.list {
      throw StartFailure(
        message: "the list of chambers in \(folder) cannot be used: \(problem)",
        hint: anchor == nil ? "publish again with `khatm publish`" : "is --anchor the root of this authority?"
      )
    }
    if !opened.anchorIsPinned, let root = opened.anchors.first {
      StandardIO.say(
        """
        khatmd: trusting the root in the folder itself, SHA-256 \(Hex.encode(root.sha256))\nhint: compare it with the \
        authority's, and pin it with --anchor\n
        """,
        to: 2
      )
    }
    var settings = Settings()
    settings.rate = rate
    settings.behindProxy = behindProxy
    settings.telephone = telephone
    settings.showsMetrics = metrics
    settings.limits.connections = maxConnections
    // On loopback somebody stands in front, or nobody else can ask; elsewhere the names are known.
    if !hosts.isEmpty || !address.isLoopback {
      settings.hosts = Set((hosts + [opened.host]).map(RequestPolicyMiddleware.hostName))
    }
    let key = try signingKey()
    if let key, case .success(let list) = opened.trust.list, !key.isListed(in: list, at: Clock.wall()) {
      throw StartFailure(
        message: "the answer key is not in the list of chambers",
        hint: "name it there with `khatm receipt keygen`, and copy public/ again"
      )
    }
    return (
      Service(
        folder: opened,
        settings: settings,
        answerKey: key,
        reader: readPages ? PageReader(folder: opened) : nil,
        misuse: try misuseIntake()
      ), address
    )
  }

  private func misuseIntake() throws(StartFailure) -> MisuseIntake? {
    guard let misuse else { return nil }
    let hint = "make a folder of its own for reports that this user may write, and give it with --misuse"
    do throws(FollowFailure) {
      let queue = try MisuseQueue(path: misuse)
      guard queue.isWritable else { throw FollowFailure.storage(path: misuse, why: "it cannot be written") }
      return MisuseIntake(queue: queue)
    } catch { throw StartFailure(message: "reports of misuse cannot be kept: \(error)", hint: hint) }
  }

  private func signingKey() throws(StartFailure) -> AnswerKey? {
    guard let answerKey else { return nil }
    guard let path = answerKeyPassphraseFile, let secret = FileManager.default.contents(atPath: path),
      let pem = FileManager.default.contents(atPath: answerKey)
    else {
      throw StartFailure(
        message: "the answer key or its passphrase cannot be read",
        hint: "give both, --answer-key FILE and --answer-key-passphrase-file FILE"
      )
    }
    do throws(KeyRejection) {
      return try AnswerKey(encryptedPEM: Array(pem), passphrase: Array(secret.prefix { $0 != 0x0A && $0 != 0x0D }))
    } catch {
      throw StartFailure(
        message: "the answer key \(answerKey) cannot be used: \(error)",
        hint: "it is an encrypted P-256 key, made with `khatm receipt keygen`"
      )
    }
  }
}

/// A numeric address: names are for resolvers, and a service must not listen somewhere else after one of their answers.
struct ListenAddress: Sendable {
  let host: String, port: Int

  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), let port = ASCII.decimal(bytes[(colon + 1)...]),
      (0...65_535).contains(port)
    else { return nil }
    var host = bytes[..<colon]
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") { host = host.dropFirst().dropLast() }
    let name = host.elementsEqual("localhost".utf8) ? "127.0.0.1" : String(decoding: host, as: UTF8.self)
    do {
      _ = try SocketAddress(ipAddress: name, port: Int(port))
    } catch {
      return nil
    }
    self.host = name
    self.port = Int(port)
  }

  var isLoopback: Bool { host == "::1" || host.utf8.starts(with: "127.".utf8) }
}

/// The server around the routes: limits on what a connection may cost.
func makeApplication(_ service: Service, address: ListenAddress, log: Logger, ready: @escaping @Sendable (Int) -> Void)
  -> some ApplicationProtocol
{
  let limits = service.settings.limits
  let waiting = WaitingConnections(places: limits.connections)
  let http = HTTP1Channel.Configuration(
    additionalChannelHandlers: [
      ConnectionGuard(
        request: limits.request,
        stall: limits.stall,
        cap: limits.batchBytes + (1 << 16),
        waiting: waiting,
        quick: service
      )
    ],
    idleTimeout: limits.idle,
    httpDecoderConfiguration: .init(
      maxHeaderFieldSize: limits.headerField,
      maxHeaderListSize: limits.headerList,
      maxHeaderFieldCount: limits.headerCount
    )
  )
  return Application(
    router: buildRouter(service),
    server: .http1(configuration: http),
    // A flood of connections must not push an honest one into its second try, which comes a second later.
    configuration: .init(
      address: .hostname(address.host, port: address.port),
      backlog: 4_096,
      availableConnectionsDelegate: .maximum(limits.connections, logger: log)
    ),
    onServerRunning: { channel in ready(channel.localAddress?.port ?? address.port) },
    logger: log
  )
}
