/// The program.
@main
enum RawTCPWeb {
    static func main() {}
}
