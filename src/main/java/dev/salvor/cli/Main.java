package dev.salvor.cli;

/** The one entry point; the subcommand decides what runs. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.out.println("salvor");
  }
}
