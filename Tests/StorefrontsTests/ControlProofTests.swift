import Encodings
import TestSupport
import Testing

@testable import Storefronts

/// Proofs of control: what counts as one, what contradicts, and what says nothing.
@Suite struct ControlProofTests {
  private static let id = try! CredentialID(reading: "7Q2M4XW9K3PDT5HBPA")  // the documented example
  private static let link = "https://khatm.example/c/7Q2M4XW9K3PDT5HBPA", code = "k1-abcdefghjkmnpqrs"

  private func judge(_ file: String, code: String = code) -> ControlProof.Outcome {
    ControlProof.judge(file: Array(file.utf8), names: Self.id, code: code, verifyHost: "khatm.example")
  }

  @Test("A13, A46 only the file with the code of this proof") func files() {
    #expect(judge(#"{"v":1,"credentials":["\#(Self.link)"],"proof":"\#(Self.code)"}"#) == .proved)
    #expect(
      judge(#"{"v":1,"credentials":["https://other.example/","\#(Self.link)"],"proof":"\#(Self.code)","comment":"x"}"#)
        == .proved
    )
    // A copy of the file of an earlier proof: the domain has a new owner.
    #expect(
      judge(#"{"v":1,"credentials":["\#(Self.link)"],"proof":"k1-0000000000000000"}"#) == .contradicted(.otherCode)
    )
    #expect(judge(#"{"v":1,"credentials":["\#(Self.link)"]}"#) == .contradicted(.otherCode))
    for links in [
      "[]", #"["https://khatm.example/c/7Q2M4XW9K3PDT5HBPB"]"#, #"["https://khatrn.example/c/7Q2M4XW9K3PDT5HBPA"]"#,
      #"["7Q2M4XW9K3PDT5HBPA"]"#, "[1]",
    ] {
      #expect(
        judge(#"{"v":1,"credentials":\#(links),"proof":"\#(Self.code)"}"#) == .contradicted(.notNamed),
        "\(links)"
      )
    }
    for file in [
      "", "null", "[]", "{", #"{"v":2,"credentials":["\#(Self.link)"],"proof":"\#(Self.code)"}"#,
      #"{"v":1,"v":1,"credentials":[]}"#, #"{"v":1,"proof":"\#(Self.code)"}"#,
      #"{"v":1,"credentials":"\#(Self.link)"}"#, "<html>\(Self.link) \(Self.code)</html>",
      #"{"v":1,"credentials":["\#(Self.link)"],"proof":"\#(Self.code)"} x"#,
    ] {
      #expect(judge(file) == .contradicted(.fileMalformed), "\(file)")
    }
  }

  private func proof(_ server: FetchServer) -> ControlProof {
    let loopback = NetworkAddress(bytes: [127, 0, 0, 1])!
    let door = GuardedFetch(
      platforms: .empty,
      policy: AddressPolicy(allowsLoopback: true, ownAddresses: []),
      userAgent: "KhatmReader/1 (+https://khatm.example/reader)",
      resolver: HostResolver { host, _ throws(HostResolver.Failure) in host == "lost.shop.example" ? [] : [loopback] },
      trust: server.roots
    )
    return ControlProof(door: door, platforms: .empty, verifyHost: "khatm.example")
  }

  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func overTheNetwork() throws {
    guard let server = FetchServer.shared else { return }
    func file(_ host: String, _ code: String = Self.code) -> ControlProof.Outcome {
      proof(server).file(Text("https://\(host):\(server.tls)/shop"), names: Self.id, code: code)
    }
    #expect(file("proof.shop.example") == .proved)
    #expect(file("proof.shop.example", "k1-0000000000000000") == .contradicted(.otherCode))
    #expect(file("gone.shop.example") == .contradicted(.missing))
    #expect(file("moved.shop.example") == .contradicted(.redirected))
    #expect(file("broken.shop.example") == .unreachable("page_blocked_us"))
    #expect(file("lost.shop.example") == .unreachable("page_not_reachable"))
    #expect(file("wrong.example") == .unreachable("tls_invalid"), "somebody else's TLS proves nothing")
  }

  @Test("A46 a shop's page shows the badge, not a code that visitors can write") func pages() throws {
    guard let server = FetchServer.shared else { return }
    func page(_ target: String, key: String? = nil) -> ControlProof.Outcome {
      proof(server).page(
        Text("https://shop.example:\(server.tls)\(target)"),
        key: Text(key ?? "site/shop.example:\(server.tls)"),
        shows: Self.id
      )
    }
    #expect(page("/page") == .proved)
    #expect(page("/missing") == .contradicted(.missing))
    // A search page that echoes what was asked for, code and all.
    #expect(
      page("/echo?q=https://khatm.example/c/7Q2M4XW9K3PDT5HBPA%20k1-abcdefghjkmnpqrs") == .contradicted(.notNamed)
    )
    // In a review, marked as such.
    #expect(page("/review") == .contradicted(.notNamed))
    #expect(page("/page", key: "site/other.example") == .contradicted(.redirected))
    #expect(page("/status?403") == .unreachable("page_blocked_us"))
  }
}
