import Encodings
import Storefronts
import Testing

/// One request at a time and one a second for each host.
@Suite struct FetchPaceTests {
  @Test("A58 one at a time and one a second for each host") func oneAtATimeAndOneASecond() {
    let start = ContinuousClock.now
    var pace = FetchPace()
    #expect(pace.begin("a.example", now: start) == .now)
    #expect(pace.begin("b.example", now: start) == .now)
    // Still running, however late it is.
    #expect(pace.begin("a.example", now: start + .seconds(5)) == .later(.seconds(1)))
    pace.done("a.example")
    #expect(pace.begin("a.example", now: start + .milliseconds(400)) == .later(.milliseconds(600)))
    #expect(pace.begin("a.example", now: start + .seconds(1)) == .now)
  }

  @Test func memoryIsBounded() {
    let start = ContinuousClock.now
    var pace = FetchPace()
    for number in 0..<10_000 {
      let host = Text("h\(number).example")
      #expect(pace.begin(host, now: start) == .now)
      pace.done(host)
    }
    #expect(pace.begin("new.example", now: start) == .later(.seconds(1)))
    #expect(pace.begin("new.example", now: start + .seconds(2)) == .now)
  }
}
