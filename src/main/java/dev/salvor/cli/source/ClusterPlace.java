package dev.salvor.cli.source;

/**
 * Which cluster, in words that a person knows it by.
 *
 * @param namespace that is meant where none is named
 */
public record ClusterPlace(String context, String server, String namespace) {}
