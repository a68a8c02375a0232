/**
 * Where commands find resources and whom they ask: a state folder of the one-machine host, or a
 * cluster. Nothing that speaks of a state folder may load a class of the Kubernetes client, or
 * every command would start slower.
 */
@NullMarked
package dev.salvor.cli.source;

import org.jspecify.annotations.NullMarked;
