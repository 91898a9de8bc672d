package jupyter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"nabla/kernel"
)

// Command is the command tree "kernel": install, uninstall, doctor, run. newEngine starts the session of a kernel.
func Command(newEngine func() (kernel.Engine, error)) *cobra.Command {
	root := &cobra.Command{
		Use:   "kernel",
		Short: "Use nabla from Jupyter notebooks",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	run := runCommand(newEngine)
	root.AddCommand(installCommand(run), uninstallCommand(), doctorCommand(), run)
	return root
}

// places adds the flags that say where a kernel is.
func places(cmd *cobra.Command, o *InstallOptions) {
	cmd.Args = cobra.NoArgs
	cmd.Flags().StringVar(&o.Name, "name", defaultName, "the `NAME` under which Jupyter knows the kernel")
	cmd.Flags().Bool("user", true, "this user's folder, as without a flag")
	cmd.Flags().StringVar(&o.Prefix, "prefix", "", "the `DIRECTORY` above share/jupyter, instead of this user's folder")
	cmd.Flags().BoolVar(&o.SysPrefix, "sys-prefix", false, "the Python environment that is active")
	cmd.MarkFlagsMutuallyExclusive("user", "prefix", "sys-prefix")
}

func installCommand(run *cobra.Command) *cobra.Command {
	var o InstallOptions
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Register the kernel with Jupyter",
		Long: "Register the kernel with Jupyter for this user, or elsewhere with --prefix or --sys-prefix.\n" +
			"The program is copied beside its kernel.json; install again after an update.",
	}
	places(cmd, &o)
	cmd.Flags().StringVar(&o.DisplayName, "display-name", "", "what launchers show (default \"∇ nabla\")")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o.Arguments = append(strings.Fields(run.CommandPath())[1:], "-f", connectionFile)
		dir, err := Install(o)
		if err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), "installed the kernel %s at %s\n", o.Name, dir)
		}
		return err
	}
	return cmd
}

func uninstallCommand() *cobra.Command {
	var o InstallOptions
	cmd := &cobra.Command{Use: "uninstall", Short: "Remove the kernel from Jupyter"}
	places(cmd, &o)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dir, err := Uninstall(o)
		if err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), "removed %s\n", dir)
		}
		return err
	}
	return cmd
}

func doctorCommand() *cobra.Command {
	var o InstallOptions
	cmd := &cobra.Command{Use: "doctor", Short: "Say what Jupyter sees of the kernel, and why not"}
	places(cmd, &o)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		bad := 0
		for _, f := range Doctor(cmd.Context(), o, cmd.Parent().CommandPath()) {
			fmt.Fprintln(cmd.OutOrStdout(), f)
			if !f.OK {
				bad++
			}
		}
		if bad > 0 {
			return fmt.Errorf("%d of these keep Jupyter from the kernel", bad)
		}
		return nil
	}
	return cmd
}

func runCommand(newEngine func() (kernel.Engine, error)) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "run -f FILE",
		Short: "Serve one session to Jupyter: what Jupyter itself starts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), file, newEngine, cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVarP(&file, "connection-file", "f", "", "the connection `FILE`; one that does not exist is made")
	cmd.MarkFlagRequired("connection-file")
	return cmd
}

// run serves one session until a client, a signal or the death of the parent process ends it.
func run(ctx context.Context, file string, newEngine func() (kernel.Engine, error), log io.Writer) error {
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1) // one that reads requests at once while all cores compute
	interrupts, ends := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	signal.Notify(ends, syscall.SIGTERM)
	defer signal.Stop(interrupts)
	defer signal.Stop(ends)
	server, err := listenOn(file, log)
	if err != nil {
		return err
	}
	engine, err := newEngine()
	if err != nil {
		server.close(0)
		return err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	orphaned := watchParent(server.ctx)
	go func() {
		for {
			select {
			case <-interrupts:
				server.Interrupt()
			case <-ends:
				server.Shutdown()
			case <-orphaned:
				server.Shutdown()
				orphaned = nil
			case <-ctx.Done():
				server.Shutdown()
			case <-server.ctx.Done():
				return
			}
		}
	}()
	server.Run(engine)
	return nil
}

// listenOn opens the sockets of a connection file. If the file leaves ports open, or is not there, it is written.
func listenOn(file string, log io.Writer) (*Server, error) {
	asked, err := ReadConnection(file)
	if errors.Is(err, fs.ErrNotExist) {
		asked, err = NewConnection(), nil
		fmt.Fprintf(log, "to connect: jupyter console --existing %s\n", file)
	}
	if err != nil {
		return nil, err
	}
	server, err := Listen(asked, Options{Log: log, HistoryFile: HistoryFile()})
	if err != nil {
		return nil, err
	}
	if got := server.Connection(); got != asked {
		if err := got.Write(file); err != nil {
			server.close(0)
			return nil, err
		}
	}
	return server, nil
}
