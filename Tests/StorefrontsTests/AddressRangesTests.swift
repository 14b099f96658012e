import Encodings
import Foundation
import Storefronts
import Testing

/// Addresses that are never dialled.
@Suite struct AddressRangesTests {
  private func refusal(_ text: String) throws -> String? {
    AddressRanges.refusal(of: try #require(NetworkAddress(Text(text)), "\(text)"))
  }

  /// First and last address of every refused range, and inside.
  static let refused4 = [
    "0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.1.2.3", "10.255.255.255", "100.64.0.0", "100.100.100.200",
    "100.127.255.255", "127.0.0.0", "127.0.0.1",
    "127.1.2.3", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.255.255", "172.16.0.0",
    "172.20.1.1", "172.31.255.255", "192.0.0.0",
    "192.0.0.8", "192.0.0.170", "192.0.0.255", "192.0.2.0", "192.0.2.1", "192.0.2.255", "192.88.99.0", "192.88.99.1",
    "192.88.99.255", "192.168.0.0", "192.168.1.1",
    "192.168.255.255", "198.18.0.0", "198.19.0.1", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0",
    "203.0.113.7", "203.0.113.255", "224.0.0.0",
    "224.0.0.251", "239.255.255.255", "240.0.0.0", "250.1.2.3", "255.255.255.254", "255.255.255.255",
  ]
  /// The neighbours of each range, and well-known public ones.
  static let public4 = [
    "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "93.184.216.34", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "169.253.255.255",
    "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255",
    "192.88.100.0", "192.167.255.255", "192.169.0.0",
    "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
  ]
  static let refused6 = [
    "::", "::1", "::2", "::ffff:0:127.0.0.1", "100::", "100::1", "64:ff9b:1::1", "64:ff9b:1:ffff::8.8.8.8", "2001::",
    "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8::1",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff::1", "4000::1", "5f00::", "5f00::1",
    "1fff:ffff::1", "fc00::", "fc00::1", "fd00:ec2::254", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::1",
    "fe80::", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff00::", "ff02::1",
    "ff05::2", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::1", "200::1", "400::", "800::1",
  ]
  static let public6 = [
    "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2400:cb00:2048:1::c629:d7a2",
    "2606:4700::6810:84e5", "2620:fe::fe", "2a00:1450:4001::200e", "3ffe::1", "3fff:1000::1", "2000::1",
  ]
  /// Ways to write an IPv4 address into an IPv6 one that some router or stack unpacks again.
  static func embeddings(_ v4: String) -> [String] {
    let b = v4.split(separator: ".").map { UInt8($0)! }
    let high = String(format: "%02x%02x", b[0], b[1])
    let low = String(format: "%02x%02x", b[2], b[3])
    return [
      "::ffff:\(v4)", "::FFFF:\(high):\(low)", "0:0:0:0:0:ffff:\(v4)", "64:ff9b::\(v4)", "64:ff9b::\(high):\(low)",
      "2002:\(high):\(low)::", "2002:\(high):\(low):1::1", "2a00:1::5efe:\(v4)", "2a00:1::200:5efe:\(high):\(low)",
    ]
  }

  @Test func everySpelling() throws {
    var judged = 0
    for text in Self.refused4 + Self.refused6 {
      #expect(try refusal(text) != nil, "\(text)")
      judged += 1
    }
    for text in Self.public4 + Self.public6 {
      #expect(try refusal(text) == nil, "\(text)")
      judged += 1
    }
    for v4 in Self.refused4 {
      for text in Self.embeddings(v4) + ["::\(v4)"] {
        #expect(try refusal(text) != nil, "\(text)")
        judged += 1
      }
    }
    for v4 in Self.public4 {
      for text in Self.embeddings(v4) {
        #expect(try refusal(text) == nil, "\(text)")
        judged += 1
      }
      // IPv4-compatible and SIIT forms are no global unicast, whatever they hold.
      for text in ["::\(v4)", "::ffff:0:\(v4)"] {
        #expect(try refusal(text) != nil, "\(text)")
        judged += 1
      }
    }
    print("addresses judged: \(judged)")
    #expect(judged >= 300)
  }

  /// Text forms in which the machine's own resolver finds a loopback or private address: none of them may get past both
  /// the address rules and the ranges.
  @Test func spellingsOfTheResolver() throws {
    let spellings = [
      "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
      "0x7f.0x0.0x0.0x1", "0", "0x0", "00", "0.0", "10.1", "0xa000001", "192.168.257", "3232235777",
      "0xc0a80101", "2852039166", "0xA9FEA9FE", "169.254.43518", "0251.0376.0251.0376", "127.0.0.1.", "localhost",
      "localhost.", "ip6-localhost", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]",
      "\u{FF11}\u{FF12}\u{FF17}.0.0.1", "\u{2460}\u{2461}\u{2466}.\u{24EA}.\u{24EA}.\u{2460}",
      "127\u{3002}0\u{3002}0\u{3002}1", "%31%32%37.0.0.1", "0x7f.0.0.1.", "127.0.0.0x1", "0x7F.00.0.01",
    ]
    for host in spellings {
      let read = reading("https://\(host)/")
      #expect(read == "host_is_ip" || read == "host_invalid", "\(host) gave \(read)")
      // And if one did get past: its sockaddr is refused.
      var list: UnsafeMutablePointer<addrinfo>?
      guard getaddrinfo(host, "443", nil, &list) == 0 else { continue }
      defer { freeaddrinfo(list) }
      var next = list
      while let entry = next {
        next = entry.pointee.ai_next
        let bytes = [UInt8](UnsafeRawBufferPointer(start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen)))
        let address = try #require(
          NetworkAddress(bytes: bytes.count == 16 ? Array(bytes[4..<8]) : Array(bytes[8..<24]))
        )
        #expect(AddressRanges.refusal(of: address) != nil, "\(host) is \(address)")
      }
    }
  }

  @Test func text() {
    for good in ["1.2.3.4", "::", "::1", "1::", "a:b:c:d:e:f:0:1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7::"] {
      #expect(NetworkAddress(Text(good)) != nil, "\(good)")
    }
    for bad in [
      "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.", "a.b.c.d", "1.2.3.4%eth0", ":", ":::", "1:::2",
      "::1%eth0", "[::1]", "1:2:3:4:5:6:7:8:9", "12345::", "::1.2.3", "::1.2.3.4:1", "1234",
    ] {
      #expect(NetworkAddress(Text(bad)) == nil, "\(bad)")
    }
    #expect(NetworkAddress("2001:DB8:0:0:1:0:0:1")?.description == "2001:db8::1:0:0:1")
    #expect(NetworkAddress("::ffff:127.0.0.1")?.description == "::ffff:7f00:1")
    #expect(NetworkAddress(bytes: [1, 2, 3]) == nil)
  }

  @Test func policies() throws {
    let loopback = try #require(NetworkAddress("127.0.0.1"))
    let own = try #require(NetworkAddress("93.184.216.34"))
    let far = try #require(NetworkAddress("10.0.0.1"))
    #expect(AddressPolicy.publicInternet.refusal(of: loopback) == "loopback")
    let testing = AddressPolicy(allowsLoopback: true, ownAddresses: [own])
    #expect(
      testing.refusal(of: loopback) == nil && testing.refusal(of: own) == "our own"
        && testing.refusal(of: far) == "private"
    )
    #expect(testing.refusal(of: try #require(NetworkAddress("::1"))) == nil)
    #expect(testing.refusal(of: try #require(NetworkAddress("::ffff:127.0.0.1"))) != nil)
  }
}
