internal import CCurl
public import Encodings
internal import Glibc
internal import Synchronization

/// Names to addresses, once per hop and under a deadline.
public struct HostResolver: Sendable {
  /// Why there are no addresses.
  public enum Failure: Error, Hashable, Sendable { case unknownHost, deadline, unavailable }

  /// A name with more addresses than this is not dialled: every one would have to be judged.
  public static let maxAnswers = 64

  /// All addresses of a canonical host name, A and AAAA, in the order in which they should be tried.
  public let resolve: @Sendable (_ host: Text, _ deadline: ContinuousClock.Instant) throws(Failure) -> [NetworkAddress]

  public init(
    resolve: @escaping @Sendable (_ host: Text, _ deadline: ContinuousClock.Instant) throws(Failure) -> [NetworkAddress]
  ) {
    self.resolve = resolve
  }

  /// `getaddrinfo`, on a thread of its own: it cannot be stopped, so at the deadline it is left to finish by itself.
  public static let system = HostResolver { host, deadline throws(Failure) in
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .unavailable }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let job = Unmanaged.passRetained(LookUp(host: host, ends: ends))
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let lookUp = job.takeUnretainedValue()
    let started = pthread_create(
      &thread,
      &attributes,
      { context in
        guard let context else { return nil }
        Unmanaged<LookUp>.fromOpaque(context).takeRetainedValue().run()
        return nil
      },
      job.toOpaque()
    )
    pthread_attr_destroy(&attributes)
    guard started == 0 else {
      job.release()
      throw .unavailable
    }
    // A byte in the pipe says that the answer is there.
    while true {
      let left = deadline - ContinuousClock.now
      guard left > .zero else { throw .deadline }
      var wait = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
      let ready = poll(&wait, 1, Int32(clamping: left.milliseconds + 1))
      if ready > 0 { break }
      guard ready == 0 || errno == EINTR else { throw .unavailable }
    }
    switch lookUp.answer.withLock({ $0 }) {
    case .found(let addresses): return addresses
    case .failed(let failure): throw failure
    case nil: throw .unavailable
    }
  }

  /// One question to the name service. Shared by the thread that asks `getaddrinfo` and the one that waits; the last of
  /// them closes the pipe.
  private final class LookUp: Sendable {
    /// What `getaddrinfo` said.
    enum Answer: Sendable {
      case found([NetworkAddress])
      case failed(Failure)
    }
    /// `EAI_NODATA` of glibc: the name exists, without an address.
    static let noData: Int32 = -5
    let host: Text
    /// Both ends live as long as either thread needs them: writing after the other gave up must not raise SIGPIPE.
    let ends: [Int32]
    /// Owned by the thread that asks; the other one reads it after the pipe was written to, or at the deadline.
    let answer = Mutex<Answer?>(nil)

    init(host: Text, ends: [Int32]) {
      self.host = host
      self.ends = ends
    }
    deinit { for end in ends { close(end) } }

    func run() {
      var hints = addrinfo()
      hints.ai_family = AF_UNSPEC
      hints.ai_socktype = KHATM_SOCK_STREAM
      var list: UnsafeMutablePointer<addrinfo>?
      // The closing dot keeps search domains of the machine out of it.
      let code = getaddrinfo(host.string + ".", nil, &hints, &list)
      defer { if let list { freeaddrinfo(list) } }
      guard code == 0 else {
        answer.withLock { $0 = .failed(code == EAI_NONAME || code == Self.noData ? .unknownHost : .unavailable) }
        tell()
        return
      }
      var found: [NetworkAddress] = []
      var next = list
      while let entry = next, found.count <= HostResolver.maxAnswers {
        next = entry.pointee.ai_next
        guard let pointer = entry.pointee.ai_addr,
          let socket = SocketAddress(pointer, length: Int(entry.pointee.ai_addrlen))
        else { continue }
        if !found.contains(socket.address) { found.append(socket.address) }
      }
      answer.withLock { [found] in $0 = .found(found) }
      tell()
    }

    private func tell() { _ = write(ends[1], [1], 1) }
  }
}

/// A `sockaddr` as bytes: the address and the port as they will be dialled.
struct SocketAddress: Hashable {
  let address: NetworkAddress
  let port: UInt16

  init(address: NetworkAddress, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// Nil for anything but a whole `sockaddr_in` or `sockaddr_in6` without a zone.
  init?(_ pointer: UnsafeRawPointer, length: Int) {
    guard length >= 16 else { return nil }
    let bytes = [UInt8](UnsafeRawBufferPointer(start: pointer, count: length))
    let family = Int32(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)  // host order: little-endian machines only
    port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    if family == AF_INET, let address = NetworkAddress(bytes: Array(bytes[4..<8])) {
      self.address = address
    } else if family == AF_INET6, length >= 28, bytes[24..<28].allSatisfy({ $0 == 0 }),
      let address = NetworkAddress(bytes: Array(bytes[8..<24]))
    {
      self.address = address
    } else {
      return nil
    }
  }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
