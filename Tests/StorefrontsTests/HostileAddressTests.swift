import Encodings
import Foundation
import Synchronization
import Testing

@testable import Storefronts

/// The ways of Scripts/netlab against the reader's own hook: everywhere, without a namespace. What would be dialled
/// would answer with something else than a refusal, as the control shows.
@Suite struct HostileAddressTests {
  static let loopback = NetworkAddress(bytes: [127, 0, 0, 1])!
  /// Codes by which nothing was dialled.
  private static let refusals: Set<String> = [
    "fetch_refused_address", "host_is_ip", "host_invalid", "scheme_refused", "url_ambiguous", "url_userinfo_refused",
    "port_refused",
  ]

  private func outcome(
    _ address: String,
    _ answers: [NetworkAddress],
    policy: AddressPolicy = .publicInternet,
    ports: Set<UInt16> = [],
    trust: [UInt8]? = nil
  ) -> String {
    let door = GuardedFetch(
      platforms: .empty,
      policy: policy,
      userAgent: "x",
      resolver: HostResolver { _, _ throws(HostResolver.Failure) in answers },
      trust: trust
    )
    do throws(AddressRejection) {
      let page = try PageAddress.read(Array(address.utf8), platforms: .empty)
      do throws(FetchFailure) {
        _ = try door.page(page, ports: ports)
        return "read"
      } catch {
        return error.reason == .notConnected ? "dialled" : error.code
      }
    } catch { return error.code }
  }

  /// Four addresses as people and programs have written them.
  static let spellings: [String] = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1"].flatMap {
    text -> [String] in
    let parts = text.split(separator: ".").map { Int($0)! }
    let a = parts[0]
    let b = parts[1]
    let c = parts[2]
    let d = parts[3]
    let number = (a << 24) + (b << 16) + (c << 8) + d
    let hex = String(number, radix: 16)
    let wide = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { (0x30...0x39).contains($0.value) ? Unicode.Scalar($0.value + 0xFEE0)! : $0 }
      )
    )
    return [
      text, "\(number)", "0x\(hex)", "0X\(hex.uppercased())", "0\(String(number, radix: 8))",
      parts.map { "0x" + String($0, radix: 16) }.joined(separator: "."),
      parts.map { "0" + String($0, radix: 8) }.joined(separator: "."), "\(a).\((b << 16) + (c << 8) + d)",
      "\(a).\(b).\((c << 8) + d)", "0x\(String(a, radix: 16)).\(b).\(c).\(d)", "\(text).",
      text.replacingOccurrences(of: ".", with: "\u{3002}"), text.replacingOccurrences(of: ".", with: "\u{FF0E}"),
      text.replacingOccurrences(of: ".", with: "\u{FF61}"), wide,
      text.replacingOccurrences(of: ".", with: "%2e"), "[::ffff:\(text)]", "[::\(text)]", "[64:ff9b::\(text)]",
      "\(text):443", "\(text):80", "\(text):22", "user@\(text)", "user:pass@\(text)",
      "shop.example@\(text)", "\(text)%00.example", "\(text)%23.example", "0\(text)", "\(number + (1 << 32))",
      "\(text)\\@shop.example", " \(text)", "\(text)\t",
    ]
  }

  @Test("A48 numbers in every spelling are no names", arguments: spellings) func spelling(_ text: String) {
    let got = outcome("https://\(text)/", [Self.loopback])
    #expect(Self.refusals.contains(got), "\(text) gave \(got)")
  }

  @Test("A47 an address that is not public is refused before it is dialled")
  func answers() throws {
    var offered = 0
    let texts =
      AddressRangesTests.refused4 + AddressRangesTests.refused6
      + AddressRangesTests.refused4.flatMap(AddressRangesTests.embeddings)
    let open = try #require(NetworkAddress("93.184.216.34"))
    for text in texts {
      let bad = try #require(NetworkAddress(Text(text)), "\(text)")
      // Alone, behind a good one, before a good one.
      for answers in [[bad], [open, bad], [bad, open]] {
        #expect(outcome("https://shop.example/", answers) == "fetch_refused_address", "\(text) \(answers)")
        offered += 1
      }
    }
    #expect(offered >= 300)
  }

  @Test("A48, A52 redirects of every kind end before the dial", arguments: [301, 302, 303, 307, 308])
  func redirects(status: Int) throws {
    guard let server = FetchServer.shared else { return }
    for target in Self.spellings + ["localhost", "[::1]", "[fe80::1%25lo]", "metadata.internal", "foo.localhost"] {
      for place in ["https://\(target)/", "//\(target)/"] {
        let asked =
          "https://shop.example:\(server.tls)/to\(status == 302 ? "" : "x\(status)")?"
          + place.utf8.map { String(format: "%02x", $0) }.joined()
        // The first hop is our own server; the second is not reached: on any address but ours nothing but a refusal
        // comes back.
        let got = outcome(
          asked,
          [Self.loopback],
          policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
          ports: [server.tls],
          trust: server.roots
        )
        #expect(Self.refusals.contains(got), "\(status) \(place) gave \(got)")
      }
    }
  }

  @Test("A49 a name that changes its answer between two hops") func rebinding() throws {
    guard let server = FetchServer.shared else { return }
    for text in ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1", "64:ff9b::a00:1"] {
      let bad = try #require(NetworkAddress(Text(text)))
      let calls = Mutex(0)
      let resolver = HostResolver { _, _ throws(HostResolver.Failure) in
        calls.withLock {
          $0 += 1
          return $0
        } == 1 ? [Self.loopback] : [bad]
      }
      let door = GuardedFetch(
        platforms: .empty,
        policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
        userAgent: "x",
        resolver: resolver,
        trust: server.roots
      )
      let page = try PageAddress.read(Array("https://shop.example:\(server.tls)/status?302".utf8), platforms: .empty)
      do {
        _ = try door.page(page, ports: [server.tls])
        Issue.record("read")
      } catch {
        #expect(error.code == "fetch_refused_address", "\(text): \(error)")
      }
    }
  }

  /// The control: where the rule allows the address, the same call does dial, and says so.
  @Test func withoutTheRuleItIsDialled() throws {
    guard let server = FetchServer.shared else { return }
    #expect(
      outcome(
        "https://shop.example:\(server.tls)/page",
        [Self.loopback],
        policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
        ports: [server.tls],
        trust: server.roots
      ) == "read"
    )
    #expect(
      outcome(
        "https://shop.example:\(server.tls)/page",
        [NetworkAddress("127.0.0.9")!],
        policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
        ports: [server.tls]
      ) == "dialled"
    )
    #expect(
      outcome("https://shop.example:\(server.tls)/page", [Self.loopback], ports: [server.tls], trust: server.roots)
        == "fetch_refused_address"
    )
  }
}
