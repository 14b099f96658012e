import Encodings
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Storefronts

/// The guarded fetch against a real server on this machine. Names are resolved by the test, so that loopback has host
/// names.
@Suite struct GuardedFetchTests {
  private static let loopback = NetworkAddress(bytes: [127, 0, 0, 1])!

  private func fetch(
    _ server: FetchServer,
    answers: [NetworkAddress] = [loopback],
    policy: AddressPolicy = AddressPolicy(allowsLoopback: true, ownAddresses: []),
    limits: FetchLimits = FetchLimits(),
    table: PlatformTable = .empty
  ) -> GuardedFetch {
    GuardedFetch(
      platforms: table,
      policy: policy,
      userAgent: "KhatmReader/1 (+https://khatm.example/reader)",
      resolver: HostResolver { _, _ throws(HostResolver.Failure) in answers },
      trust: server.roots,
      limits: limits
    )
  }

  private func page(_ server: FetchServer, _ target: String, host: String = "shop.example", plain: Bool = false) throws
    -> PageAddress
  {
    let port = plain ? server.plain : server.tls
    return try PageAddress.read(Array("\(plain ? "http" : "https")://\(host):\(port)\(target)".utf8), platforms: .empty)
  }

  private func outcome(
    _ server: FetchServer,
    _ target: String,
    host: String = "shop.example",
    plain: Bool = false,
    with fetch: GuardedFetch? = nil
  ) throws -> String {
    do {
      let fetched = try (fetch ?? self.fetch(server)).page(
        page(server, target, host: host, plain: plain),
        ports: [server.tls, server.plain]
      )
      return "\(fetched.body.count) \(fetched.chain.count)"
    } catch let failure as FetchFailure {
      return failure.code
    }
  }
  /// A redirect to the address, spelled exactly so.
  private func to(_ location: String) -> String { "/to?" + location.utf8.map { String(format: "%02x", $0) }.joined() }

  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func aPageIsRead() throws {
    guard let server = FetchServer.shared else { return }
    let fetched = try fetch(server).page(page(server, "/page"), ports: [server.tls])
    #expect(fetched.body.starts(with: Array("<!doctype html>".utf8)) && fetched.body.count == fetched.wireBytes)
    #expect(fetched.contentType == "text/html; charset=utf-8")
    #expect(fetched.peer == Self.loopback && fetched.final == fetched.asked)
  }

  @Test(
    arguments: [
      ("text/html; charset=windows-1256; charset=utf-8", "windows-1256"), ("text/html; charset='utf-8'", "'utf-8'"),
      ("text/html; charset=\"gbk\"", "gbk"), ("text/html", nil),
    ] as [(String, String?)]
  )
  func theFirstCharsetCounts(header: String, charset: String?) throws {
    guard let server = FetchServer.shared else { return }
    let hex = header.utf8.map { String(format: "%02x", $0) }.joined()
    #expect(try fetch(server).page(page(server, "/type?" + hex), ports: [server.tls]).charset == charset)
  }

  /// Nothing but what was meant is sent: no cookie, no referrer, no credentials; path, query and closing slash as they
  /// are.
  @Test("A57 nothing is carried across redirects") func theRequestIsHonest() throws {
    guard let server = FetchServer.shared else { return }
    let fetched = try fetch(server).page(page(server, "/echo?x=%41&y='z'"), ports: [server.tls])
    let lines = String(decoding: fetched.body, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
    #expect(lines[0] == "GET /echo?x=%41&y=%27z%27 HTTP/1.1")
    #expect(
      Set(lines.dropFirst().map { $0.prefix { $0 != ":" }.lowercased() }) == [
        "host", "accept", "accept-encoding", "user-agent",
      ]
    )
    #expect(
      lines.contains("Host: shop.example:\(server.tls)") && lines.contains("Accept: text/html")
        && lines.contains("Accept-Encoding: gzip, identity")
    )
    #expect(lines.contains("User-Agent: KhatmReader/1 (+https://khatm.example/reader)"))
    // A cookie that was set on the way is not carried.
    let after = try fetch(server).page(page(server, "/cookie"), ports: [server.tls])
    #expect(after.chain.count == 2 && !String(decoding: after.body, as: UTF8.self).lowercased().contains("cookie"))
  }

  @Test(
    "A31, A53, A55, A59 answers that are wrong in one way each",
    arguments: [
      ("/gzip", "92 1"), ("/fits", "8388608 1"), ("/bomb", "page_too_large"), ("/cutgzip", "page_not_reachable"),
      ("/twogzip", "page_not_reachable"),
      ("/stacked", "page_not_reachable"), ("/brotli", "page_not_reachable"), ("/notgzip", "page_not_reachable"),
      ("/big", "2097152 1"), ("/toobig", "page_too_large"),
      ("/endless", "page_too_large"), ("/shortlength", "10 1"), ("/longlength", "page_not_reachable"),
      ("/headers", "page_not_reachable"), ("/interim?5", "92 1"),
      ("/interim?6", "page_not_reachable"), ("/nohttp", "page_not_reachable"), ("/chunked", "5 1"),
      ("/refresh", "92 1"), ("/missing", "page_not_reachable"),
      ("/status?401", "page_blocked_us"), ("/status?403", "page_blocked_us"), ("/status?429", "page_blocked_us"),
      ("/status?503", "page_blocked_us"), ("/challenge", "page_blocked_us"),
      ("/status?300", "page_not_reachable"), ("/status?304", "page_not_reachable"),
      ("/status?305", "page_not_reachable"), ("/status?204", "page_not_reachable"),
      ("/status?206", "page_not_reachable"), ("/status?500", "page_not_reachable"), ("/status?203", "92 1"),
      ("/status?301", "92 2"), ("/status?302", "92 2"), ("/status?303", "92 2"), ("/status?307", "92 2"),
      ("/status?308", "92 2"),
      ("/hops?4", "92 6"), ("/hops?5", "too_many_redirects"), ("/loop?", "too_many_redirects"),
      ("/twolocations", "page_not_reachable"), ("/nolocation", "page_not_reachable"),
      ("/type?", "not_html"), ("/type?746578742f706c61696e", "not_html"), ("/type?696d6167652f706e67", "not_html"),
      ("/type?546578742f48544d4c", "92 1"),
      ("/type?746578742f68746d6c203b20636861727365743d782d74657374", "92 1"),
      ("/type?746578742f68746d6c58", "not_html"),
    ]
  )
  func answers(target: String, expected: String) throws {
    guard let server = FetchServer.shared else { return }
    let got = try outcome(server, target)
    // The page is 92 bytes or what the server says it is: only its success matters.
    #expect(
      expected.hasPrefix("92 ") ? got.hasSuffix(String(expected.dropFirst(2))) && !got.contains("_") : got == expected,
      "\(target) gave \(got)"
    )
  }

  @Test func redirectsAreReadStrictly() throws {
    guard let server = FetchServer.shared else { return }
    let tls = server.tls
    for (location, expected) in [
      ("https://other.example:\(tls)/page", 2), ("//other.example:\(tls)/page", 2), ("/page", 2), ("page", 2),
      ("?x", 0), ("/a/../page", 2), ("HTTPS://OTHER.example:\(tls)/page", 2),
    ] {
      let got = try outcome(server, to(location))
      #expect(expected == 0 ? got.contains("_") : got.hasSuffix(" \(expected)"), "\(location) gave \(got)")
    }
    for (location, code) in [
      ("http://shop.example:\(server.plain)/page", "insecure_transport"),
      ("https://127.0.0.1:\(tls)/page", "host_is_ip"), ("https://[::1]:\(tls)/page", "host_is_ip"),
      ("https://2130706433/", "host_is_ip"), ("https://localhost/", "host_invalid"),
      ("https://metadata.internal/", "host_invalid"), ("ftp://shop.example/", "scheme_refused"),
      ("javascript:alert(1)", "scheme_refused"), ("http+unix://%2Fvar%2Frun%2Fdocker.sock/x", "scheme_refused"),
      ("https://user@shop.example:\(tls)/page", "url_userinfo_refused"),
      ("/\\other.example/page", "url_ambiguous"), ("https:\\\\other.example\\", "url_ambiguous"),
      ("https:/other.example/", "url_ambiguous"), ("///other.example/", "url_ambiguous"),
      ("/page\tx", "url_ambiguous"), ("/a%2f..%2fpage", "url_ambiguous"),
      ("https://shop.example:\(tls)/\u{202E}", "url_ambiguous"), ("https://other.example:1/page", "port_refused"),
      ("https://shop.example:99999/", "port_refused"),
    ] {
      let got = try outcome(server, to(location))
      #expect(got == code, "\(location) gave \(got)")
    }
  }

  @Test func aPlatformOnTheWayMustBeKnown() throws {
    guard let server = FetchServer.shared else { return }
    let got = try outcome(server, to("https://login.souk.example/"), with: fetch(server, table: try shippedTable()))
    #expect(got == "platform_url_unknown")
  }

  @Test func plainHTTPMayOnlyLeadToTLS() throws {
    guard let server = FetchServer.shared else { return }
    #expect(try outcome(server, "/page", plain: true) == "insecure_transport")
    #expect(try outcome(server, to("https://shop.example:\(server.tls)/page"), plain: true).hasSuffix(" 2"))
    #expect(try outcome(server, to("/page"), plain: true) == "insecure_transport")
    // Down from TLS, even where the plain page would lead back up.
    let up = to("https://shop.example:\(server.tls)/page")
    #expect(try outcome(server, up, plain: true).hasSuffix(" 2"))
    #expect(try outcome(server, to("http://shop.example:\(server.plain)\(up)")) == "insecure_transport")
  }

  @Test(
    "A56 TLS that does not hold",
    arguments: [("expired.example", "expired"), ("wrong.example", "wrong_name"), ("self.example", "untrusted")]
  )
  func tlsErrors(host: String, why: String) throws {
    guard let server = FetchServer.shared else { return }
    let address = try page(server, "/page", host: host)
    do {
      _ = try fetch(server).page(address, ports: [server.tls])
      Issue.record("read")
    } catch {
      #expect(
        error.code == "tls_invalid" && error.publicCode == "tls_invalid" && error.params["why"]?.string == why,
        "\(error.reason)"
      )
    }
  }

  @Test func theSystemKnowsNoTestRoot() throws {
    guard let server = FetchServer.shared else { return }
    let system = GuardedFetch(
      platforms: .empty,
      policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
      userAgent: "x",
      resolver: HostResolver { _, _ throws(HostResolver.Failure) in [Self.loopback] }
    )
    #expect(try outcome(server, "/page", with: system) == "tls_invalid")
  }

  /// A50: the good answer that stands beside it, and would have served the page, is not dialled either.
  @Test("A50 one bad address refuses the hop") func oneBadAddressRefusesTheHop() throws {
    guard let server = FetchServer.shared else { return }
    let asked = try page(server, "/page")
    for bad in [
      "10.0.0.1", "192.168.1.1", "169.254.169.254", "fe80::1", "::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b::a00:1",
      "fd00::1", "0.0.0.0", "::",
    ] {
      let address = try #require(NetworkAddress(Text(bad)))
      for answers in [[address], [Self.loopback, address], [address, Self.loopback]] {
        do {
          _ = try fetch(server, answers: answers).page(asked, ports: [server.tls])
          Issue.record("read \(bad)")
        } catch {
          #expect(
            error.code == "fetch_refused_address" && error.params["address"]?.string == address.description,
            "\(bad): \(error)"
          )
          #expect(error.publicCode == "page_not_reachable" && error.publicParams.members.isEmpty)
        }
      }
    }
    // Without the tests' own permission loopback is as forbidden as the rest.
    do {
      _ = try fetch(server, policy: .publicInternet).page(asked, ports: [server.tls])
      Issue.record("read loopback")
    } catch {
      #expect(error.code == "fetch_refused_address")
    }
  }

  /// The name service answers differently each time: it is asked once per hop, so there is no second answer to dial.
  @Test("A49 one look-up per hop") func oneLookUpPerHop() throws {
    guard let server = FetchServer.shared else { return }
    let calls = Mutex<[String]>([])
    let resolver = HostResolver { host, _ throws(HostResolver.Failure) in
      let count = calls.withLock {
        $0.append(host.string)
        return $0.count
      }
      return [count <= 3 ? Self.loopback : NetworkAddress(bytes: [10, 0, 0, 1])!]
    }
    let guarded = GuardedFetch(
      platforms: .empty,
      policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
      userAgent: "x",
      resolver: resolver,
      trust: server.roots
    )
    #expect(try outcome(server, to("https://other.example:\(server.tls)/hops?0"), with: guarded).hasSuffix(" 3"))
    #expect(calls.withLock { $0 } == ["shop.example", "other.example", "other.example"])
    #expect(try outcome(server, "/page", with: guarded) == "fetch_refused_address")
  }

  /// The hook sees what is dialled: with everything before it out of the way, it still refuses.
  @Test("A49, A51 the hook sees what is dialled") func theOpenSocketHookRefuses() throws {
    guard let server = FetchServer.shared else { return }
    let request = CurlTransfer.Request(
      page: try page(server, "/page"),
      address: Self.loopback,
      accept: "text/html",
      userAgent: "x",
      trust: server.roots
    )
    let soon = ContinuousClock.now + .seconds(5)
    #expect(
      try CurlTransfer(
        request,
        policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
        limits: FetchLimits(),
        deadline: soon
      ).run().status == 200
    )
    do {
      _ = try CurlTransfer(request, policy: .publicInternet, limits: FetchLimits(), deadline: soon).run()
      Issue.record("dialled")
    } catch {
      guard case .other(.refusedAddress(let address, "loopback")) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(address == Self.loopback)
    }
  }

  /// A60: another address of the name is tried when one does not answer.
  @Test("A60 the next address is tried") func theNextAddressIsTried() throws {
    guard let server = FetchServer.shared else { return }
    let deaf = try #require(NetworkAddress("127.0.0.9"))
    #expect(try outcome(server, "/page", with: fetch(server, answers: [deaf, Self.loopback])).hasSuffix(" 1"))
    #expect(try outcome(server, "/page", with: fetch(server, answers: [deaf])) == "page_not_reachable")
    #expect(try outcome(server, "/page", with: fetch(server, answers: [])) == "page_not_reachable")
  }

  @Test("A54 slow answers end", .timeLimit(.minutes(allowedMinutes(1)))) func slowAnswersEnd() throws {
    guard let server = FetchServer.shared else { return }
    var limits = FetchLimits()
    limits.totalMilliseconds = 1_500
    let start = ContinuousClock.now
    #expect(try outcome(server, "/silent", with: fetch(server, limits: limits)) == "deadline")
    #expect(ContinuousClock.now - start < .seconds(4))
    // A trickle: below the minimum rate long before the ten seconds are over.
    let trickle = ContinuousClock.now
    #expect(try outcome(server, "/slow") == "deadline")
    #expect(ContinuousClock.now - trickle < .seconds(6))
  }

  @Test("A81 documents stay on their host") func documentsStayOnTheirHost() throws {
    guard let server = FetchServer.shared else { return }
    let guarded = fetch(server)
    #expect(
      try guarded.document(page(server, "/status?302"), accept: "application/jwt", ports: [server.tls]).chain.count == 2
    )
    let elsewhere = try page(server, to("https://other.example:\(server.tls)/page"))
    do {
      _ = try guarded.document(elsewhere, accept: "application/jwt", ports: [server.tls])
      Issue.record("followed")
    } catch { #expect(error.code == "page_not_reachable" && error.reason == .redirectedElsewhere("other.example")) }
  }

  @Test func portsAreNamedByBindings() throws {
    guard let server = FetchServer.shared else { return }
    let asked = try page(server, "/page")
    do {
      _ = try fetch(server).page(asked)
      Issue.record("read")
    } catch {
      #expect(error.code == "port_refused")
    }
  }

  @Test func theUserAgentCannotSmuggleFields() throws {
    guard let server = FetchServer.shared else { return }
    let guarded = GuardedFetch(
      platforms: .empty,
      policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
      userAgent: "x\r\nCookie: a=b",
      resolver: HostResolver { _, _ throws(HostResolver.Failure) in [Self.loopback] },
      trust: server.roots
    )
    let echoed = String(decoding: try guarded.page(page(server, "/echo"), ports: [server.tls]).body, as: UTF8.self)
    #expect(echoed.contains("User-Agent: xCookie: a=b\r\n") && !echoed.contains("\nCookie"))
  }

  /// The machine's resolver is left behind at the deadline; what it finds for this machine's own name is loopback.
  @Test func systemResolver() throws {
    #expect(throws: HostResolver.Failure.deadline) { try HostResolver.system.resolve("localhost", ContinuousClock.now) }
    do {
      let found = try HostResolver.system.resolve("localhost", ContinuousClock.now + .seconds(2))
      #expect(!found.isEmpty && found.allSatisfy { $0.isLoopback })
    } catch {
      print("localhost has no address here: \(error)")
    }
  }
}
