import Foundation
import Testing

@testable import PKI

/// X.690: of every element there is one spelling, and the reader takes no other.
@Suite struct DERFormTests {
  private func element(_ bytes: [UInt8]) -> DERReader.Element? {
    var reader = DERReader(bytes)
    return reader.next()
  }

  /// The header of a length in each form BER has for it; the reader must take the one our writer writes.
  @Test func eachLengthHasOneSpelling() {
    for count in [0, 1, 0x7e, 0x7f, 0x80, 0x81, 0xff, 0x100, 0xffff, 0x1_0000] {
      let content = [UInt8](repeating: 0x55, count: count)
      var headers: [[UInt8]] = count < 0x80 ? [[UInt8(count)]] : []
      for width in 1...8 where width == 8 || count < 1 << (8 * width) {
        headers.append(
          [0x80 | UInt8(width)] + (0..<width).reversed().map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        )
      }
      let read = headers.filter { element([DERTag.octetString] + $0 + content) != nil }
      #expect(read.count == 1, "\(count): \(read)")
      #expect(DER.octets(content).starts(with: [DERTag.octetString] + (read.first ?? [])), "\(count)")
      #expect(element(DER.octets(content))?.content.elementsEqual(content) == true)
    }
  }

  @Test func lengthsThatAreNone() {
    let inner: [UInt8] = [2, 1, 9]
    let cases: [(String, [UInt8])] = [
      ("indefinite", [0x30, 0x80] + inner + [0, 0]), ("indefinite, primitive", [4, 0x80, 9, 0, 0]),
      ("reserved", [0x30, 0xff] + inner),
      ("one octet short", [0x30, 4] + inner), ("long form of a short length", [0x30, 0x81, 3] + inner),
      ("leading zero", [0x30, 0x82, 0, 3] + inner), ("five digits", [0x30, 0x85, 1, 0, 0, 0, 0] + inner),
      ("digits cut", [0x30, 0x82, 1]), ("digits missing", [0x30, 0x81]),
      ("2 GiB", [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff] + inner),
    ]
    for (name, bytes) in cases { #expect(element(bytes) == nil, "\(name)") }
  }

  /// All strings of two bytes: an element is there exactly when it is empty and its tag has one byte.
  @Test func everyPairOfBytes() {
    var read = 0
    for tag in UInt8.min...UInt8.max {
      for length in UInt8.min...UInt8.max {
        let found = element([tag, length])
        if found != nil { read += 1 }
        guard (found != nil) != (length == 0 && tag & 0x1f != 0x1f) else { continue }
        Issue.record("\(tag) \(length)")
      }
    }
    #expect(read == 256 - 8)
  }

  /// A cut is seen at whatever byte it falls, and a reader that found nothing has not moved.
  @Test func everyCutIsSeen() {
    let whole = DER.sequence(
      DER.unsigned(0x0102_0304),
      DER.octets([UInt8](repeating: 7, count: 200)),
      DER.sequence(OID.p256.element, DER.null),
      DER.yes
    )
    for cut in whole.indices {
      var reader = DERReader(whole[..<cut])
      #expect(
        reader.next() == nil && reader.enter(DERTag.sequence) == nil
          && DERReader.only(whole[..<cut], DERTag.sequence) == nil
      )
      #expect(reader.nextTag == (cut == 0 ? nil : DERTag.sequence) && reader.isAtEnd == (cut == 0))
    }
    var reader = DERReader(whole)
    #expect(
      reader.next(DERTag.set) == nil && reader.enter(DERTag.octetString) == nil && reader.nextTag == DERTag.sequence
    )
    var inside = reader.enter(DERTag.sequence)
    #expect(reader.isAtEnd && reader.nextTag == nil && reader.next() == nil)
    #expect(inside?.next(DERTag.integer)?.smallNumber == 0x0102_0304)
    #expect(inside?.next()?.content.count == 200)
    #expect(inside?.nextTag == DERTag.sequence && inside?.isAtEnd == false)
  }

  /// A slice does not begin at 0: positions must be its own.
  @Test func slicesAreReadWhereTheyStand() {
    let bytes: [UInt8] = [0xff, 0xff] + DER.sequence(DER.unsigned(5), DER.octets([1, 2])) + [0xee]
    let slice = bytes[2..<(bytes.count - 1)]
    var reader = DERReader(slice)
    let outer = reader.next(DERTag.sequence)
    #expect(outer.map { Array($0.whole) } == Array(slice) && reader.isAtEnd)
    var inner = DERReader(outer?.content ?? [])
    #expect(inner.next()?.smallNumber == 5)
    #expect(inner.next().map { Array($0.content) } == [1, 2])
    #expect(inner.isAtEnd)
    #expect(DERReader.only(slice, DERTag.sequence) != nil && DERReader.only(bytes[2...], DERTag.sequence) == nil)
    #expect(DERReader.only(slice, DERTag.set) == nil && DERReader.only([], DERTag.sequence) == nil)
  }

  @Test func numbersHaveOneSpelling() {
    func digits(_ content: [UInt8], tag: UInt8 = DERTag.integer) -> [UInt8]? {
      element(DER.element(tag, content))?.unsignedDigits.map { Array($0) }
    }
    for (content, wanted) in [
      ([0], [0]), ([1], [1]), ([0x7f], [0x7f]), ([0, 0x80], [0x80]), ([0, 0xff, 0], [0xff, 0]),
      ([1, 0, 0], [1, 0, 0]),
    ] as [([UInt8], [UInt8])] { #expect(digits(content) == wanted, "\(content)") }
    for content in [[], [0x80], [0xff], [0xff, 0x7f], [0, 0], [0, 1], [0, 0x7f], [0, 0, 0x80]] as [[UInt8]] {
      #expect(digits(content) == nil, "\(content)")
    }
    // ENUMERATED and IMPLICIT tags hold numbers too; other universal types do not
    for tag in [DERTag.enumerated, DERTag.context(0), DERTag.context(2)] { #expect(digits([9], tag: tag) == [9]) }
    for tag in [DERTag.octetString, DERTag.boolean, DERTag.bitString, DERTag.utf8String] {
      #expect(digits([9], tag: tag) == nil)
    }
    #expect(element([2, 5, 0, 0xff, 0xff, 0xff, 0xff])?.smallNumber == 0xffff_ffff)
    #expect(element([2, 5, 1, 0, 0, 0, 0])?.smallNumber == nil)
    for shift in UInt64(0)..<64 {
      for value in [UInt64(1) << shift, (UInt64(1) << shift) - 1, UInt64.max >> shift] {
        let back = element(DER.unsigned(value))?.unsignedDigits?.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        #expect(back == value)
        #expect(
          DER.unsigned([0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) })
            == DER.unsigned(value)
        )
      }
    }
  }
}

/// Object identifiers.
@Suite struct ObjectIdentifierTests {
  /// Encodings anybody can work out with pen and paper (X.690 8.19).
  @Test func knownEncodings() {
    for (dotted, content) in [
      ("0.0", [0]), ("0.39", [0x27]), ("1.0", [0x28]), ("1.39", [0x4f]), ("2.0", [0x50]), ("2.47", [0x7f]),
      ("2.48", [0x81, 0]),
      ("2.999", [0x88, 0x37]), ("1.2.127", [0x2a, 0x7f]), ("1.2.128", [0x2a, 0x81, 0]),
      ("1.2.16383", [0x2a, 0xff, 0x7f]),
      ("1.2.16384", [0x2a, 0x81, 0x80, 0]), ("2.5.29.15", [0x55, 0x1d, 0x0f]),
      ("1.2.840.113549", [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]),
      ("1.3.6.1.4.1.32473.1", [0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1]),
    ] as [(String, [UInt8])] {
      #expect(OID(dotted)?.content == content && OID(content: content[...])?.dotted == dotted, "\(dotted)")
    }
  }

  @Test func arcsOf64Bits() throws {
    let largest = "1.2.18446744073709551615"
    #expect(OID(largest)?.content == [0x2a, 0x81] + [UInt8](repeating: 0xff, count: 8) + [0x7f])
    #expect(OID(largest)?.dotted == largest)
    for tooLarge in [
      "1.2.18446744073709551616", "1.2.99999999999999999999", "2.18446744073709551535", "2.18446744073709551615",
    ] {
      #expect(OID(tooLarge) == nil, "\(tooLarge)")
    }
    #expect(OID("2.18446744073709551534")?.dotted == "2.18446744073709551534")
    // Longer arcs are read and told apart, but have no text of their own.
    let first = try #require(OID(content: [0x2a, 0x82] + [UInt8](repeating: 0x80, count: 8) + [0]))
    let second = try #require(OID(content: [0x2a, 0x82] + [UInt8](repeating: 0x80, count: 8) + [1]))
    #expect(first.dotted == "1.2.large" && second.dotted == "1.2.large" && first != second && OID(first.dotted) == nil)
  }

  @Test func contentsThatAreNone() {
    for bad in [
      [], [0x80], [0x80, 0x01], [0x2a, 0x80, 0x01], [0x2a, 0x01, 0x80, 0x80, 0x01], [0x81], [0x2a, 0x86, 0xf7], [0xff],
    ] as [[UInt8]] { #expect(OID(content: bad[...]) == nil, "\(bad)") }
    #expect(OID(content: [0x2a, 0x81, 0x80, 0x01]) != nil)  // 0x80 inside an arc is a digit
    #expect(OID(content: [UInt8](repeating: 1, count: 64)[...]) != nil)
    #expect(OID(content: [UInt8](repeating: 1, count: 65)[...]) == nil)
    #expect(
      OID("1.2" + String(repeating: ".1", count: 63)) != nil && OID("1.2" + String(repeating: ".1", count: 64)) == nil
    )
  }

  @Test func textsThatAreNone() {
    for bad in [
      "", ".", "1", "1.", ".1", "1..2", "3.0", "0.40", "1.40", "1.2.03", "1.2.-3", "+1.2", "1.2 ", " 1.2", "1,2",
      "1.2.0x3", "١.٢", "1.2.a",
    ] { #expect(OID(bad) == nil, "\(bad)") }
  }
}

/// Times of certificates.
@Suite struct ASN1TimeFormTests {
  private func read(_ tag: UInt8, _ text: String) -> Int64? {
    var reader = DERReader(DER.element(tag, Array(text.utf8)))
    return reader.next().flatMap(ASN1Time.read)
  }
  private func utc(_ text: String) -> Int64? { read(DERTag.utcTime, text) }
  private func general(_ text: String) -> Int64? { read(DERTag.generalizedTime, text) }

  /// RFC 5280 4.1.2.5: two digits of a year stand for 1950 to 2049, four digits are for what comes after.
  @Test func theCenturyTurnsAt2050() {
    #expect(utc("500101000000Z") == -631_152_000 && utc("691231235959Z") == -1 && utc("991231235959Z") == 946_684_799)
    #expect(utc("000101000000Z") == 946_684_800 && utc("491231235959Z") == 2_524_607_999)
    #expect(general("20500101000000Z") == 2_524_608_000 && general("99991231235959Z") == 253_402_300_799)
    for year in ["0000", "1950", "1999", "2026", "2049"] { #expect(general("\(year)0601000000Z") == nil, "\(year)") }
    #expect(
      ASN1Time.write(2_524_607_999)?.first == DERTag.utcTime
        && ASN1Time.write(2_524_608_000)?.first == DERTag.generalizedTime
    )
  }

  @Test func daysThatExist() {
    for year in ["000229", "960229", "480229", "680229"] { #expect(utc(year + "000000Z") != nil, "\(year)") }
    for year in ["010229", "990229", "490229", "500229", "000230"] { #expect(utc(year + "000000Z") == nil, "\(year)") }
    for year in ["2052", "2096", "2104", "2400", "2800", "9996"] {
      #expect(general(year + "0229000000Z") != nil, "\(year)")
    }
    for year in ["2051", "2100", "2200", "2300", "2500", "9999"] {
      #expect(general(year + "0229000000Z") == nil, "\(year)")
    }
    for (index, last) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
      let month = index < 9 ? "0\(index + 1)" : "\(index + 1)"
      #expect(
        utc("26\(month)\(last)000000Z") != nil && utc("26\(month)\(last + 1)000000Z") == nil
          && utc("26\(month)00000000Z") == nil
      )
    }
    for bad in ["260001000000Z", "261301000000Z", "261122240000Z", "261122236000Z", "261122235960Z", "269999999999Z"] {
      #expect(utc(bad) == nil, "\(bad)")
    }
  }

  @Test func noOtherForm() {
    #expect(utc("261122090000Z") == now)
    for bad in [
      "", "Z", "2611220900Z", "261122090000", "261122090000z", "261122090000+0000", "261122130000+0400",
      "261122090000.5Z", "261122090000ZZ",
      " 61122090000Z", "26112209000 Z", "2611220900/0Z", "2611220900:0Z", "-61122090000Z", "20261122090000Z", "٢٦١١٢٢Z",
    ] { #expect(utc(bad) == nil, "\(bad)") }
    #expect(general("20601122090000Z") != nil)
    for bad in [
      "601122090000Z", "20601122090000", "20601122090000.0Z", "20601122090000+0000", "206011220900Z", "+0601122090000Z",
    ] {
      #expect(general(bad) == nil, "\(bad)")
    }
    for tag in [0x16, DERTag.printableString, DERTag.octetString, 0x37, 0x97] {
      #expect(read(tag, "261122090000Z") == nil)
    }
  }

  /// Foundation's calendar says the same, from the first second of 1950 to the end of 9999.
  @Test func theCalendarIsTheGregorian() {
    var times: [Int64] = [-631_152_000, -1, 0, 1, 68_169_600, 951_782_400, 4_107_542_400, 253_402_300_799]
    times += (0..<1500).map { ASN1Time.earliest + Int64($0) * 169_201_003 }
    for time in times {
      let der = ASN1Time.write(time) ?? []
      let written = String(decoding: der.dropFirst(2), as: UTF8.self)
      let foundation = Date(timeIntervalSince1970: TimeInterval(time)).formatted(.iso8601).filter {
        $0.isNumber || $0 == "Z"
      }
      #expect(written == (time < 2_524_608_000 ? String(foundation.dropFirst(2)) : foundation))
      var reader = DERReader(der)
      #expect(reader.next().flatMap(ASN1Time.read) == time)
    }
  }
}
